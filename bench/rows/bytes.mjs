// Sizes: of trimmed BTFs, of what ships, of the core. They are the same each time, so they are taken once.

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createPack, packPath, parseObject, Trimmer } from '../../packages/core/dist/node.js';
import { capture, root } from '../../tools/process.mjs';
import { environment } from '../../tools/toolbox.mjs';
import { FIXTURES } from '../bed.mjs';
import { progress } from '../progress.mjs';
import { renumber } from '../renumber.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */

/** As many as BTFHub has of the distributions that most users pack for. */
const ENTRIES = 4000;

/** Bytes of gzip: what a page loads before it can do anything. */
const MOST_CORE = 200e3;

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function bytesRows(bed) {
  return [await trimmedRow(bed), ...shippedRows(bed), ...coreRows()];
}

/**
 * Every fixture on every kernel, where bpftool succeeds.
 * @param {Bed} bed
 * @returns {Promise<Row>}
 */
async function trimmedRow({ kernels, cores, scratch }) {
  const objects = readdirSync(FIXTURES).filter((name) => name.endsWith('.bpf.o'));
  const trimmers = objects.map((name) => ({
    file: join(FIXTURES, name),
    trimmer: trimmerFor(join(FIXTURES, name)),
  }));
  let ours = 0;
  let theirs = 0;
  let pairs = 0;
  let done = 0;
  const queue = kernels.values();
  const lane = async (/** @type {number} */ number) => {
    const output = join(scratch, `bpftool-${number}.btf`);
    for (const { raw } of queue) {
      progress(`bytes: kernel ${++done} of ${kernels.length}`);
      const btf = readFileSync(raw);
      for (const { file, trimmer } of trimmers) {
        const size = await bpftoolSize(raw, output, file);
        if (size !== undefined) {
          ours += trimmer.trim(btf).btf.byteLength;
          theirs += size;
          pairs++;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: cores }, (_, number) => lane(number)));
  for (const { trimmer } of trimmers) {
    trimmer.free();
  }
  return {
    name: 'trimmed BTFs',
    unit: 'bytes',
    peer: [theirs],
    us: [ours],
    target: { ratio: 1 },
    note: `sum over ${pairs} of ${objects.length * kernels.length} pairs of fixture and kernel: those that bpftool can trim`,
  };
}

/** @param {string} file */
function trimmerFor(file) {
  const object = parseObject(readFileSync(file));
  const trimmer = new Trimmer([object]);
  object.free();
  return trimmer;
}

/**
 * Bytes of the BTF that bpftool trims out of `full`; none where it fails.
 * @param {string} full
 * @param {string} output
 * @param {string} object
 */
async function bpftoolSize(full, output, object) {
  try {
    await promisify(execFile)('bpftool', ['gen', 'min_core_btf', full, output, object], {
      env: environment(),
    });
  } catch {
    return undefined;
  }
  return statSync(output).size;
}

/**
 * Many kernels, few different BTFs: the real ones trimmed, and the same under renumbered releases.
 * @param {Pick<Bed, 'kernels' | 'object'>} bed
 */
export function manyEntries({ kernels, object }) {
  const trimmer = trimmerFor(object);
  const trimmed = kernels.map(({ raw, identity }) => ({
    identity,
    bytes: trimmer.trim(readFileSync(raw)).btf,
  }));
  trimmer.free();
  return renumber(trimmed, ENTRIES).map(({ of: { bytes }, identity }) => ({ identity, bytes }));
}

/**
 * The contents are ours on both sides: only how they are packed differs.
 * @param {Bed} bed
 * @returns {Row[]}
 */
function shippedRows(bed) {
  progress('bytes: what ships');
  const { scratch } = bed;
  const entries = manyEntries(bed);
  const contents = new Set(entries.map(({ bytes }) => Buffer.from(bytes).toString('latin1'))).size;
  const folder = join(scratch, 'shipped');
  for (const { identity, bytes } of entries) {
    const file = join(folder, packPath(identity));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  /** @param {string} flags */
  const theirs = (flags) => {
    const file = join(scratch, 'shipped.tar');
    capture('tar', ['--sort=name', flags, file, '-C', folder, '.']);
    return statSync(file).size;
  };
  const tar = createPack({ entries, container: 'tar' });
  const gzip = createPack({ entries, container: 'tar.gz' });
  const packed = join(scratch, 'packed.tar');
  writeFileSync(packed, tar);
  capture('xz', ['--keep', packed]);
  const xz = statSync(`${packed}.xz`).size;
  const [theirTar, theirGzip, theirXz] = [theirs('-cf'), theirs('-czf'), theirs('-cJf')];
  rmSync(folder, { recursive: true });

  const name = `ship ${entries.length.toLocaleString('en')} entries`;
  return [
    {
      name: `${name}, tar`,
      unit: 'bytes',
      peer: [theirTar],
      us: [tar.byteLength],
      note: `${contents} different contents, the same on both sides; real releases and renumbered ones; peer: GNU tar in order of paths`,
    },
    { name: `${name}, gzip`, unit: 'bytes', peer: [theirGzip], us: [gzip.byteLength] },
    { name: `${name}, xz`, unit: 'bytes', peer: [theirXz], us: [xz] },
    {
      name: `${name}, our gzip to their xz`,
      unit: 'bytes',
      peer: [theirXz],
      us: [gzip.byteLength],
      target: { ratio: 1.2 },
    },
  ];
}

/** @returns {Row[]} */
function coreRows() {
  /** @param {string} file */
  const size = (file) => {
    const wasm = readFileSync(join(root, 'packages', 'core', 'dist', file));
    return [gzipSync(wasm, { level: 9 }).byteLength];
  };
  return [
    {
      name: 'core WASM for pages, gzip',
      unit: 'bytes',
      us: size('bpfc_slim_bg.wasm'),
      target: { most: MOST_CORE },
    },
    { name: 'core WASM with the commands, gzip', unit: 'bytes', us: size('bpfc_bg.wasm') },
  ];
}
