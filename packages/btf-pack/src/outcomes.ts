// Tells apart what became of the files: packed, broken, or of the other byte order after all.
import type { ObjectReport, TrimReport } from '@bpfc/core';
import { PlacedBtfs } from './layout.js';
import { type LostInPack, LostParts } from './lost.js';
import type { Program, Target } from './objects.js';
import type { TrimOutcome } from './pool.js';
import { type LeftOut, LeftOutList, otherByteOrder, type Selection } from './select.js';
import type { KernelSource } from './sources.js';
import type { BrokenEntry, PackedKernel, RefusedKernel } from './summary.js';

export interface Sorted {
  /** Trimmed BTF by path in the pack. */
  btfs: PlacedBtfs;
  kernels: PackedKernel[];
  lost: LostInPack[];
  wouldNotLoad: RefusedKernel[];
  broken: BrokenEntry[];
  leftOut: LeftOut[];
}

/** The core's code for a kernel of another byte order than the program: no flaw of the archive. */
const OTHER_ENDIAN = 'RELO_ENDIAN';

/** @param outcomes - one for each selected kernel, in order */
export function sortOutcomes(
  selection: Selection,
  outcomes: readonly TrimOutcome[],
  programs: readonly Program[],
  target: Target,
): Sorted {
  const leftOut = new LeftOutList(selection.leftOut);
  const lost = new LostParts();
  const sorted = {
    btfs: new PlacedBtfs(),
    kernels: [] as PackedKernel[],
    wouldNotLoad: [] as RefusedKernel[],
    broken: [] as BrokenEntry[],
  };
  // Thousands of kernels share a few contents: one copy of each is kept.
  const contents = new Map<string, Uint8Array>();

  selection.kernels.forEach((kernel, index) => {
    const outcome = outcomes[index];
    if (!outcome) return;
    if (!outcome.trimmed) {
      const { problem } = outcome;
      if (problem.code === OTHER_ENDIAN) {
        leftOut.add(otherByteOrder(kernel.identity.arch, target.endian), kernel.path);
      } else {
        sorted.broken.push({ source: kernel.file, ...problem });
      }
      return;
    }
    const { btf, sha256, report, modules } = outcome.trimmed;
    const content = contents.get(sha256) ?? btf;
    contents.set(sha256, content);
    sorted.btfs.place(kernel.path, kernel.file, content);
    sorted.kernels.push(packed(kernel, sha256, report, modules));
    // Of equal BTFs too: they may have been different before.
    lost.add(kernel.path, report.lost);
    sorted.wouldNotLoad.push(...refusals(kernel, programs, report.objects));
  });
  return { ...sorted, lost: lost.list(), leftOut: leftOut.list() };
}

function packed(
  { path, identity, file }: KernelSource,
  sha256: string,
  { bytesIn, bytesOut, types }: TrimReport,
  modules: string[],
): PackedKernel {
  return { path, identity, source: file, bytesIn, bytesOut, types, sha256, modules };
}

/** Programs that are loaded only when asked to (`SEC("?...")`) may fail: that is why they are marked so. */
function refusals(
  { path, identity }: KernelSource,
  programs: readonly Program[],
  reports: readonly ObjectReport[],
): RefusedKernel[] {
  return reports.flatMap(({ error }, index) =>
    error ? [{ path, identity, program: programs[index]?.file ?? '', failure: error }] : [],
  );
}
