// At run time: the running kernel's BTF out of a pack for many kernels, by the library for C.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPack, packPath } from '../../packages/core/dist/node.js';
import { capture, root } from '../../tools/process.mjs';
import { environment } from '../../tools/toolbox.mjs';
import { TIME } from '../bed.mjs';
import { interleave, peakMemory } from '../measure.mjs';
import { manyEntries } from './bytes.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */

/** Each run is the median of this many: they take milliseconds. */
const REPEATS = 15;

const CAPI = join(root, 'crates', 'capi');

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function loadRows(bed) {
  const program = buildProgram(bed.scratch);
  const entries = manyEntries(bed);
  const pack = join(bed.scratch, 'many.tar.gz');
  writeFileSync(pack, createPack({ entries, container: 'tar.gz' }));
  const identity = entries[Math.floor(entries.length / 2)]?.identity;
  if (identity === undefined) {
    throw new Error('a pack without entries');
  }
  const { id, version, arch, release } = identity;
  const ours = [program, pack, arch, release, `ID=${id}\nVERSION_ID=${version}`, '0'];
  const theirs = ['tar', '-xzOf', pack, `./${packPath(identity)}`];
  const repeated = (/** @type {string[]} */ command) =>
    JSON.parse(capture(TIME, ['run', String(REPEATS), ...command], { env: environment() })).median_ns / 1e6;
  const memory = ([command = '', ...args] = ours) => peakMemory(command, args);
  const figures = await interleave(bed.runs, 'load', {
    theirTime: () => repeated(theirs),
    ourTime: () => repeated(ours),
    theirMemory: () => memory(theirs),
    ourMemory: () => memory(ours),
  });
  const name = `ensure_core_btf, ${entries.length.toLocaleString('en')} entries`;
  const note = 'one static C process each, a .tar.gz; peer: tar -xzO of the same entry';
  return [
    { name, unit: 'ms', peer: figures.theirTime, us: figures.ourTime, note },
    { name: '  its peak memory', unit: 'bytes', peer: figures.theirMemory, us: figures.ourMemory },
  ];
}

/** @param {string} scratch */
function buildProgram(scratch) {
  const program = join(scratch, 'ensure');
  const library = join(root, 'target', 'capi', 'lib', 'libbpf_compatible.a');
  if (!existsSync(library)) {
    capture('make', ['-C', CAPI], { env: environment() });
  }
  const source = join(CAPI, 'test', 'ensure.c');
  const options = ['-std=gnu11', '-O2', '-static', '-Wl,--gc-sections', `-I${join(CAPI, 'include')}`];
  capture('gcc', [...options, source, library, '-o', program], { env: environment() });
  return program;
}
