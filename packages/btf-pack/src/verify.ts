// Checks a finished pack: every entry is where a reader looks, parses, and answers what its program asks.
import {
  BpfcError,
  type Identity,
  type Layout,
  type LoadFailure,
  openPack,
  type Pack,
  type PackEntry,
  packPath,
  parseObject,
  Trimmer,
} from '@bpfc/core';
import { CliCode, type Problem, toProblem } from './errors.js';
import { LAYOUTS } from './layout.js';
import type { Program } from './objects.js';

/** What `verify` has to tell; `--json` prints it as it is. */
export interface Verdict {
  /** The reader whose rule most entries follow; null where there is no kernel. */
  layout: Layout | null;
  /** Entries with a kernel's BTF, second names included. */
  entries: number;
  differentBtfs: number;
  /** The programs that were simulated, by file; the one inside is `package.json`. */
  programs: string[];
  /** What is wrong. */
  problems: EntryProblem[];
  /** Kernels on which libbpf refuses a program, with the trimmed BTF as with the full one. Not wrong. */
  wouldNotLoad: { path: string; program: string; failure: LoadFailure }[];
}

export interface EntryProblem extends Problem {
  /** In the pack. */
  path: string;
}

const PACKAGE = 'package.json';

/** @param given - programs to simulate beside the one inside */
export function verifyPack(bytes: Uint8Array, given: readonly Program[]): Verdict {
  using pack = openPack(bytes);
  const kernels = pack.entries().filter(({ path }) => path !== PACKAGE);
  const layout = layoutOf(kernels);
  const problems: EntryProblem[] = pack
    .skipped()
    .map((path) => stray(path, 'is no regular file in the pack'));
  for (const { path, identity } of kernels) {
    if (!isPlaceOf(layout, path, identity)) problems.push(stray(path, strayReason(layout)));
  }
  const objects = given.map(({ file, bytes }) => ({ file, bytes }));
  try {
    const inside = pack.program();
    const known = inside && objects.some(({ bytes }) => Buffer.compare(bytes, inside) === 0);
    if (inside && !known) objects.unshift({ file: PACKAGE, bytes: inside });
  } catch (error) {
    problems.push({ path: PACKAGE, ...toProblem(error) });
  }
  const verdict: Verdict = {
    layout: kernels.length > 0 ? layout : null,
    entries: kernels.length,
    differentBtfs: new Set(kernels.map(({ sha256 }) => sha256)).size,
    programs: objects.map(({ file }) => file),
    problems,
    wouldNotLoad: [],
  };
  simulate(pack, kernels, objects, verdict);
  return verdict;
}

/** Trims every different BTF once more. */
function simulate(
  pack: Pack,
  kernels: readonly PackEntry[],
  objects: readonly { file: string; bytes: Uint8Array }[],
  { problems, wouldNotLoad }: Verdict,
): void {
  using trimmer = new Trimmer();
  const files: string[] = [];
  for (const { file, bytes } of objects) {
    try {
      using object = parseObject(bytes);
      trimmer.add(object);
      files.push(file);
    } catch (error) {
      problems.push({ path: file, ...toProblem(error) });
    }
  }
  const known = new Map<string, Answer>();
  for (const { path, sha256 } of kernels) {
    const answer = known.get(sha256) ?? answerOf(trimmer, pack.read(path) ?? new Uint8Array(), files.length);
    known.set(sha256, answer);
    if (answer.problem) problems.push({ path, ...answer.problem });
    answer.failures.forEach((failure, index) => {
      if (failure) wouldNotLoad.push({ path, program: files[index] ?? '', failure });
    });
  }
}

interface Answer {
  problem: Problem | undefined;
  /** By object. */
  failures: readonly (LoadFailure | null)[];
}

/** What was trimmed for these programs does not change when it is trimmed for them again. */
function answerOf(trimmer: Trimmer, btf: Uint8Array, objects: number): Answer {
  try {
    const again = trimmer.trim(btf);
    const failures = again.report.objects.map(({ error }) => error);
    const same = objects === 0 || Buffer.compare(again.btf, btf) === 0;
    return { problem: same ? undefined : NOT_TRIMMED, failures };
  } catch (error) {
    if (!(error instanceof BpfcError)) throw error;
    return { problem: toProblem(error), failures: [] };
  }
}

const NOT_TRIMMED: Problem = {
  code: CliCode.notTrimmed,
  message:
    'was trimmed for other programs, or by another tool: trimming it again changes it; name every program of the pack, or pack again',
};

/** The layout that most paths follow. */
function layoutOf(kernels: readonly PackEntry[]): Layout {
  const follows = (layout: Layout) =>
    kernels.filter(({ path, identity }) => isPlaceOf(layout, path, identity)).length;
  return LAYOUTS.reduce((best, layout) => (follows(layout) > follows(best) ? layout : best));
}

function isPlaceOf(layout: Layout, path: string, identity: Identity | null): boolean {
  if (layout === 'flat') return /^[^/]+\.btf$/.test(path);
  return identity !== null && path === packPath(identity, layout);
}

function strayReason(layout: Layout): string {
  return `is not where a reader of the layout ${layout} looks for a kernel; pack it as ID/VERSION/MACHINE/RELEASE.btf, or leave it out`;
}

function stray(path: string, message: string): EntryProblem {
  return { path, code: CliCode.stray, message };
}
