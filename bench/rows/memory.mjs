// Memory of the main job, the largest BTFs among its kernels.

import { join } from 'node:path';
import { kernelOfSize, packArguments } from '../bed.mjs';
import { interleave, peakMemory } from '../measure.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */

/** More memory than this and a small build machine swaps. Bytes. */
export const MOST_MEMORY = 300e6;

/** The target is set for so many workers, whatever the cores. */
const WORKERS = 2;

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function memoryRows(bed) {
  const largest = kernelOfSize(bed, Number.MAX_SAFE_INTEGER);
  const { object, scratch } = bed;
  const ours = packArguments({ object, cores: WORKERS }, bed.archive, join(scratch, 'memory.tar'));
  const theirs = ['gen', 'min_core_btf', largest.raw, join(scratch, 'memory.btf'), object];
  const figures = await interleave(bed.runs, 'memory', {
    bpftool: () => peakMemory('bpftool', theirs),
    ours: () => peakMemory(process.execPath, ours),
  });
  return [
    {
      name: 'peak memory, 2 workers',
      unit: 'bytes',
      peer: figures.bpftool,
      us: figures.ours,
      target: { most: MOST_MEMORY },
      note: `ours: the whole pack; peer: one bpftool on the largest BTF, ${(largest.size / 1e6).toFixed(0)} MB. /proc's VmHWM`,
    },
  ];
}
