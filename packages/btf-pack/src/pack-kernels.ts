// From programs and kernels to a pack in place: what `pack` and `btfgen` share.
import { createPack } from '@bpfc/core';
import { CliCode, CliError } from './errors.js';
import type { Programs, Target } from './objects.js';
import { type Sorted, sortOutcomes } from './outcomes.js';
import { beginFile, beginTree } from './output.js';
import { trimAll } from './pool.js';
import { startProgress } from './progress.js';
import type { LeftOut, Selection } from './select.js';
import type { Sources } from './sources.js';
import { type BrokenEntry, type PackSummary, programSummary } from './summary.js';

export interface Output {
  path: string;
  container: 'tar' | 'tar.gz' | 'folder';
}

export interface PackRequest {
  programs: Programs;
  target: Target;
  sources: Sources;
  selection: Selection;
  output: Output;
  /** Threads. */
  jobs: number;
  /** Fail, and write nothing, where an entry is broken or a program would not load. */
  strict: boolean;
}

/** Trims, packs and puts the pack in place; returns what there is to tell. */
export async function packKernels(request: PackRequest): Promise<PackSummary> {
  const started = performance.now();
  const { selection, sources } = request;
  if (selection.kernels.length === 0) throw nothingLeft(sources, selection.leftOut, []);

  const place = await begin(request.output);
  try {
    const { programs } = request.programs;
    const sorted = sortOutcomes(selection, await trimSelected(request), programs, request.target);
    if (request.strict) refuseFlaws(sorted);
    if (sorted.kernels.length === 0) throw nothingLeft(sources, sorted.leftOut, sorted.broken);
    const bytes = await place.commit(request.programs.packageJson, sorted.btfs);
    return summarize(request, sorted, bytes, performance.now() - started);
  } finally {
    await place.discard();
  }
}

async function trimSelected({ programs, selection, jobs }: PackRequest) {
  const files = selection.kernels.map(({ file }) => file);
  const progress = startProgress(files.length);
  try {
    const objects = programs.programs.map(({ bytes }) => bytes);
    return await trimAll(files, { objects, jobs, onDone: () => progress.step() });
  } finally {
    progress.stop();
  }
}

/** `commit` returns the size in bytes. */
async function begin({ path, container }: Output) {
  if (container === 'folder') {
    const tree = await beginTree(path);
    const commit = async (packageJson: Uint8Array | undefined, btfs: ReadonlyMap<string, Uint8Array>) => {
      const files = new Map(packageJson && [['package.json', packageJson]]);
      for (const [name, btf] of btfs) files.set(name, btf);
      await tree.commit(files);
      return [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    };
    return { commit, discard: tree.discard };
  }
  const file = await beginFile(path);
  const commit = async (packageJson: Uint8Array | undefined, btfs: ReadonlyMap<string, Uint8Array>) => {
    const entries = Array.from(btfs, ([path, bytes]) => ({ path, bytes }));
    const pack = createPack({ package: packageJson, entries, container });
    await file.commit(pack);
    return pack.byteLength;
  };
  return { commit, discard: file.discard };
}

function refuseFlaws({ broken, wouldNotLoad }: Sorted): void {
  const flaws = [
    ...broken.map(brokenLine),
    ...wouldNotLoad.map(
      ({ path, failure }) => `\n  ${path}: would not load: ${failure.code}: ${failure.message}`,
    ),
  ];
  if (flaws.length === 0) return;
  throw new CliError(
    CliCode.packStrict,
    `nothing was written because of --strict; leave these out with --kernels or --from, or pack without it:${flaws.join('')}`,
  );
}

function nothingLeft(
  { kernels, origin }: Sources,
  leftOut: readonly LeftOut[],
  broken: readonly BrokenEntry[],
): CliError {
  const reasons = leftOut.map(({ reason, kernels }) => `${kernels.length} ${reason}`);
  if (broken.length > 0) reasons.push(`${broken.length} that could not be read:`);
  const found = `no kernel is left to pack of the ${kernels.length} found in ${origin}`;
  return new CliError(CliCode.packEmpty, `${found}: ${reasons.join('; ')}${broken.map(brokenLine).join('')}`);
}

function brokenLine({ source, code, message }: BrokenEntry): string {
  return `\n  ${source}: ${code}: ${message}`;
}

function summarize(
  { programs, sources, selection, output, jobs }: PackRequest,
  { kernels, wouldNotLoad, broken, leftOut }: Sorted,
  bytes: number,
  milliseconds: number,
): PackSummary {
  return {
    output: { ...output, bytes, packageJson: programs.packageJson !== undefined },
    programs: programs.programs.map(programSummary),
    origin: sources.origin,
    kernels,
    totals: {
      kernels: kernels.length,
      differentBtfs: new Set(kernels.map(({ sha256 }) => sha256)).size,
      bytesIn: kernels.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
      bytesOut: kernels.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    },
    wouldNotLoad,
    broken,
    leftOut,
    warnings: sources.warnings,
    notes: programs.notes,
    jobs: Math.min(jobs, selection.kernels.length),
    milliseconds: Math.round(milliseconds),
  };
}
