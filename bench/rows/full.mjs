// An archive as large as BTFHub's: simulated, since the real one is gigabytes.

import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { packArguments, xargs } from '../bed.mjs';
import { peakMemory, timed } from '../measure.mjs';
import { progress } from '../progress.mjs';
import { renumber } from '../renumber.mjs';
import { MOST_MEMORY } from './memory.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../bed.mjs').Kernel} Kernel */
/** @typedef {import('../statistics.mjs').Row} Row */

const KERNELS = 4000;

/** Changed copies of each real kernel: as many different files as take half a minute to compress. */
const VARIANTS = 4;

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function fullRows(bed) {
  progress('full: making the archive');
  const variants = makeVariants(bed);
  const archive = join(bed.scratch, 'simulated');
  for (const { identity, of, generation } of renumber(bed.kernels, KERNELS)) {
    const { id, version, arch, release } = identity;
    const file = join(archive, id, version, arch, `${release}.btf.tar.xz`);
    mkdirSync(dirname(file), { recursive: true });
    const changed = variants.get(of)?.[(generation - 1) % VARIANTS];
    symlinkSync(generation === 0 || changed === undefined ? of.file : changed, file);
  }
  progress(`full: packing ${KERNELS} kernels`);
  const pack = join(bed.scratch, 'simulated.tar.gz');
  let memory = 0;
  const time = await timed(async () => {
    // Strict: a copy that is no BTF any more would fail.
    const args = packArguments(bed, archive, pack);
    memory = await peakMemory(process.execPath, [...args, '--strict']);
  });
  const name = `pack ${KERNELS.toLocaleString('en')} simulated kernels`;
  const different = bed.kernels.length * (1 + VARIANTS);
  return [
    {
      name: `${name}, time`,
      unit: 'ms',
      us: [time],
      note: `one run; ${different} different files: the real kernels and ${VARIANTS} copies of each with one string changed, under renumbered releases`,
    },
    { name: `${name}, size`, unit: 'bytes', us: [statSync(pack).size] },
    { name: `${name}, memory`, unit: 'bytes', us: [memory], target: { most: MOST_MEMORY } },
  ];
}

/**
 * For each kernel `.btf.tar.xz` files that differ from it and from each other in one string of the BTF.
 * @param {Bed} bed
 */
function makeVariants(bed) {
  /** @type {Map<Kernel, string[]>} */
  const variants = new Map();
  /** @type {string[][]} */
  const each = [];
  for (const kernel of bed.kernels) {
    const files = Array.from({ length: VARIANTS }, (_, variant) => {
      const folder = join(bed.scratch, 'variants', String(variant), dirname(kernel.path));
      const raw = join(folder, `${basename(kernel.path)}.btf`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(raw, withOtherLastString(readFileSync(kernel.raw), variant));
      each.push([`${raw}.tar.xz`, '-C', folder, basename(raw)]);
      return `${raw}.tar.xz`;
    });
    variants.set(kernel, files);
  }
  // Decoding takes about as long as of the archive's own files, compressing a tenth of the time.
  xargs(bed, { command: ['tar', '--remove-files', '-I', 'xz -0', '-cf'], each });
  return variants;
}

/**
 * @param {Buffer} btf raw, little-endian
 * @param {number} variant below 10
 */
function withOtherLastString(btf, variant) {
  // struct btf_header: hdr_len at 4, str_off at 16, str_len at 20; each string ends with NUL.
  const end = btf.readUInt32LE(4) + btf.readUInt32LE(16) + btf.readUInt32LE(20);
  btf[end - 2] = '0'.charCodeAt(0) + variant;
  return btf;
}
