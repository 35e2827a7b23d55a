// From programs and kernels to a pack in place: what `pack` and `btfgen` share.
import { TrimPool } from '@bpfc/core/pool';
import { runningMachine } from './environment.js';
import { CliCode, CliError } from './errors.js';
import { type Alias, aliasesOf, place } from './layout.js';
import type { FindModules } from './modules.js';
import type { Programs, Target } from './objects.js';
import { type Sorted, sortOutcomes } from './outcomes.js';
import { beginPack, type Output } from './pack-output.js';
import { trimFiles } from './pool.js';
import { startProgress } from './progress.js';
import { renderSizes, size } from './render.js';
import type { LeftOut, Selection } from './select.js';
import { sizesOf } from './sizes.js';
import type { Sources } from './sources.js';
import { type BrokenEntry, type PackSummary, programSummary } from './summary.js';

export interface PackRequest {
  programs: Programs;
  target: Target;
  sources: Sources;
  selection: Selection;
  output: Output;
  /** Threads. */
  jobs: number;
  /** To trim with; terminated then. Default: a new one. */
  pool?: TrimPool | undefined;
  /** Where the kernels' modules are. Default: no modules. */
  findModules?: FindModules | undefined;
  /** Write BTF that libbpf before 1.0 reads too. Default: no. */
  compat?: boolean | undefined;
  /** Fail, and write nothing, where an entry is broken or a program would not load. */
  strict: boolean;
  /** Add the names by which naive readers look for kernels. Default: yes. */
  aliases?: boolean;
  /** The machine an object is linked for. Default: this one. */
  machine?: string | undefined;
  /** Fail, and write nothing, where the output has more bytes. */
  maxSize?: number | undefined;
  /** Tell which kernels and types cost the bytes. */
  sizes?: boolean;
}

/** Trims, packs and puts the pack in place; returns what there is to tell. */
export async function packKernels(request: PackRequest): Promise<PackSummary> {
  const started = performance.now();
  const { sources, output, target } = request;
  const selection = place(request.selection, output.layout, output.container);
  if (selection.kernels.length === 0) throw nothingLeft(sources, selection.leftOut, []);

  const pending = await beginPack(output, request.machine ?? runningMachine());
  try {
    const { programs, packageJson } = request.programs;
    const outcomes = await trimSelected({ ...request, selection });
    const sorted = sortOutcomes(selection, outcomes, programs, target);
    if (request.strict) refuseFlaws(sorted);
    if (sorted.kernels.length === 0) throw nothingLeft(sources, sorted.leftOut, sorted.broken);
    const aliases = nameAgain(request, sorted);
    const { bytes, commit } = pending.prepare({ packageJson, btfs: sorted.btfs });
    if (request.maxSize !== undefined && bytes > request.maxSize) throw tooLarge(request, bytes, sorted);
    await commit();
    return summarize(request, sorted, aliases, bytes, performance.now() - started);
  } finally {
    await pending.discard();
  }
}

/** Adds the aliases to what is packed. */
function nameAgain({ output, aliases = true }: PackRequest, { kernels, btfs }: Sorted): Alias[] {
  if (!aliases) return [];
  const names = aliasesOf(kernels, output.layout, output.container);
  for (const { path, kernel } of names) {
    const btf = btfs.get(kernel);
    if (btf) btfs.set(path, btf);
  }
  return names;
}

async function trimSelected({
  programs,
  selection,
  findModules = () => [],
  compat,
  jobs,
  pool = new TrimPool({ jobs }),
}: PackRequest) {
  const files = selection.kernels.map(({ file, identity }) => ({ file, modules: findModules(identity) }));
  const progress = await startProgress(files.length);
  try {
    const objects = programs.programs.map(({ bytes }) => bytes);
    return await trimFiles(pool, files, { objects, compat, jobs, onDone: () => progress.step() });
  } finally {
    progress.stop();
    // Not waited for: the pack is written meanwhile.
    void pool.terminate();
  }
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

function tooLarge({ output, maxSize = 0 }: PackRequest, bytes: number, { kernels, btfs }: Sorted): CliError {
  return new CliError(
    CliCode.packSize,
    `${output.path}: ${size(bytes)}, more than the ${size(maxSize)} of --max-size; nothing was written. What costs the bytes, before compression:\n\n${renderSizes(sizesOf(kernels, btfs))}`,
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
  { programs, sources, selection, output, jobs, sizes }: PackRequest,
  { btfs, kernels, lost, wouldNotLoad, broken, leftOut }: Sorted,
  aliases: Alias[],
  bytes: number,
  milliseconds: number,
): PackSummary {
  return {
    output: { ...output, bytes, packageJson: programs.packageJson !== undefined },
    programs: programs.programs.map(programSummary),
    origin: sources.origin,
    kernels,
    aliases,
    totals: {
      kernels: kernels.length,
      differentBtfs: new Set(kernels.map(({ sha256 }) => sha256)).size,
      bytesIn: kernels.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
      bytesOut: kernels.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    },
    ...(sizes && { sizes: sizesOf(kernels, btfs) }),
    lost,
    wouldNotLoad,
    broken,
    leftOut,
    warnings: sources.warnings,
    notes: programs.notes,
    jobs: Math.min(jobs, selection.kernels.length),
    milliseconds: Math.round(milliseconds),
  };
}
