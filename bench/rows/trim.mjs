// Trimming one kernel's BTF, warm: in WebAssembly beside a bpftool process, and natively beside libbpf.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseObject, Trimmer } from '../../packages/core/dist/node.js';
import { capture } from '../../tools/process.mjs';
import { environment } from '../../tools/toolbox.mjs';
import { kernelOfSize, ORACLE, TIME } from '../bed.mjs';
import { interleave } from '../measure.mjs';
import { median } from '../statistics.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */

/** As large as most kernels' are today. */
const SIZE = 5e6;

/** Each run is the median of this many: they take milliseconds. */
const REPEATS = 15;

/** Trims before the first that counts: the engine compiles what is hot once more. */
const WARM_UP = 20;

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function trimRows(bed) {
  const kernel = kernelOfSize(bed, SIZE);
  const { object } = bed;
  const times = String(REPEATS);

  const program = parseObject(readFileSync(object));
  const trimmer = new Trimmer([program]);
  const btf = readFileSync(kernel.raw);
  for (let trim = 0; trim < WARM_UP; trim++) {
    trimmer.trim(btf);
  }
  const bpftool = ['bpftool', 'gen', 'min_core_btf', kernel.raw, join(bed.scratch, 'bpftool.btf'), object];
  const figures = await interleave(bed.runs, 'trim', {
    bpftool: () => milliseconds(TIME, ['run', times, ...bpftool]),
    wasm: () => median(Array.from({ length: REPEATS }, () => timedNow(() => trimmer.trim(btf)))),
    libbpf: () => milliseconds(ORACLE, ['--time', times, 'default', object, kernel.raw]),
    native: () => milliseconds(TIME, ['trim', times, object, kernel.raw]),
  });
  trimmer.free();
  program.free();
  return [
    {
      name: 'trim one kernel, WASM, warm',
      unit: 'ms',
      peer: figures.bpftool,
      us: figures.wasm,
      target: { ratio: 0.15 },
      note: `${kernel.path}, ${(kernel.size / 1e6).toFixed(1)} MB raw, in this process; peer: one bpftool process`,
    },
    {
      name: 'trim one kernel, native',
      unit: 'ms',
      peer: figures.libbpf,
      us: figures.native,
      target: { ratio: 1 },
      note: 'the same, files read and parsed each time; peer: libbpf in process opens the object and loads it with the BTF',
    },
  ];
}

/** @param {() => unknown} work */
function timedNow(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * What a timing program says.
 * @param {string} program
 * @param {string[]} args
 */
function milliseconds(program, args) {
  return JSON.parse(capture(program, args, { env: environment() })).median_ns / 1e6;
}
