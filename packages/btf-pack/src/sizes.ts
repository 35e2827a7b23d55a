// Which kernels and which of their types cost the bytes of a pack.
import { parseBtf } from '@bpfc/core';
import type { PackedKernel } from './summary.js';

/** One of the different trimmed BTFs. */
export interface BtfSize {
  /** Of the trimmed BTF. */
  sha256: string;
  bytes: number;
  /** Paths of the kernels that have it. */
  kernels: string[];
  /** The largest first, names included. */
  biggestTypes: { type: string; bytes: number }[];
}

const BIGGEST = 5;

/** The different BTFs, the largest first. */
export function sizesOf(kernels: readonly PackedKernel[], btfs: ReadonlyMap<string, Uint8Array>): BtfSize[] {
  const sizes = new Map<string, BtfSize>();
  for (const { sha256, bytesOut, path } of kernels) {
    const known = sizes.get(sha256);
    if (known) {
      known.kernels.push(path);
      continue;
    }
    using btf = parseBtf(btfs.get(path) ?? new Uint8Array());
    const biggest = btf.typeSizes().slice(0, BIGGEST);
    const biggestTypes = biggest.map(({ type, bytes }) => ({ type, bytes }));
    sizes.set(sha256, { sha256, bytes: bytesOut, kernels: [path], biggestTypes });
  }
  return [...sizes.values()].sort((a, b) => b.bytes - a.bytes);
}
