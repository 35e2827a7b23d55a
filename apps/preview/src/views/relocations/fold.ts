// The matrix of relocations and kernels: what is equal is told once.
import type {
  CoreRelocation,
  RelocationOverKernels,
  RelocationsOverKernels,
  RelocationVerdict,
} from '@bpfc/core/slim';
import type { Kernel } from '../../workspace/sources.js';

/** What becomes of a relocation. Equal ones of a program are the same object. */
export type Outcome = Readonly<Omit<RelocationOverKernels['outcomes'][number], 'kernels'>>;

/** What becomes of a program on a kernel. */
export interface KernelAnswer extends Omit<RelocationsOverKernels['kernels'][number], 'name'> {
  /** By the relocation's position; none where the kernel was not read. */
  outcomes: readonly (Outcome | undefined)[];
}

/** Neighbouring kernels of one distribution, version and machine on which all outcomes are equal; at least one. */
export interface Column {
  /** Of the first kernel. */
  key: string;
  kernels: [Kernel, ...Kernel[]];
  answer: KernelAnswer;
  /** The column that it is in when ranges are folded. */
  range: string;
}

/** Relocations of one program that ask for the same and have the same outcome on every kernel. */
export interface Row {
  relocations: [CoreRelocation, ...CoreRelocation[]];
  /** Of each, in the object's list. */
  positions: [number, ...number[]];
  /** By column. */
  outcomes: readonly (Outcome | undefined)[];
}

export interface Filter {
  /** Relocations that have one of these somewhere; all where none is named. */
  verdicts: ReadonlySet<RelocationVerdict>;
  /** Only those whose verdict or value is not the same everywhere. */
  differs: boolean;
  /** Part of the access in C's words, the program's name, its section or the source file. */
  text: string;
}

/** Folds kernels, in their order, whose answers are known and tell of relocations. */
export function foldKernels(
  kernels: readonly Kernel[],
  answers: ReadonlyMap<string, KernelAnswer>,
): Column[] {
  const columns: Column[] = [];
  for (const kernel of kernels) {
    const answer = answers.get(kernel.content);
    if (!answer?.read) continue;
    const last = columns.at(-1);
    if (last && isNeighbour(last.kernels[0], kernel) && isEqual(last.answer, answer)) {
      last.kernels.push(kernel);
    } else {
      columns.push({ key: kernel.key, kernels: [kernel], answer, range: kernel.key });
    }
  }
  return columns;
}

/** Each kernel of the ranges named, in a column of its own. */
export function unfold(columns: readonly Column[], ranges: ReadonlySet<string> | 'all'): Column[] {
  return columns.flatMap((column) =>
    ranges === 'all' || ranges.has(column.range)
      ? column.kernels.map((kernel): Column => ({ ...column, key: kernel.key, kernels: [kernel] }))
      : [column],
  );
}

/** Of the same files and the same distribution, version and machine; what these are is not known of a file by another name. */
function isNeighbour(a: Kernel, b: Kernel): boolean {
  return (
    a.pack === b.pack &&
    a.identity?.id === b.identity?.id &&
    a.identity?.version === b.identity?.version &&
    a.identity?.arch === b.identity?.arch
  );
}

function isEqual(a: KernelAnswer, b: KernelAnswer): boolean {
  return (
    a === b ||
    (a.code === b.code &&
      a.message === b.message &&
      a.outcomes.every((outcome, position) => outcome === b.outcomes[position]))
  );
}

/** Folds relocations, by program; programs and rows in the order of the object. */
export function foldRelocations(relocations: readonly CoreRelocation[], columns: readonly Column[]): Row[] {
  const rows: Row[] = [];
  const alike = new Map<string, Row[]>();
  for (const [position, relocation] of relocations.entries()) {
    const { program, section, kind, type, access } = relocation;
    const outcomes = columns.map(({ answer }) => answer.outcomes[position]);
    const question = JSON.stringify([program, section, kind, type, access]);
    const known = alike.get(question) ?? [];
    const equal = known.find((row) => outcomes.every((outcome, at) => outcome === row.outcomes[at]));
    if (equal) {
      equal.relocations.push(relocation);
      equal.positions.push(position);
      continue;
    }
    const row: Row = { relocations: [relocation], positions: [position], outcomes };
    known.push(row);
    alike.set(question, known);
    rows.push(row);
  }
  return [...byProgram(rows).values()].flat();
}

/** Rows by the program that they are of; null for none. */
export function byProgram(rows: readonly Row[]): Map<string | null, Row[]> {
  const programs = new Map<string | null, Row[]>();
  for (const row of rows) {
    const [{ program }] = row.relocations;
    const its = programs.get(program);
    if (its) its.push(row);
    else programs.set(program, [row]);
  }
  return programs;
}

export function isShown(row: Row, { verdicts, differs, text }: Filter): boolean {
  return (
    (verdicts.size === 0 || row.outcomes.some((outcome) => outcome && verdicts.has(outcome.verdict))) &&
    (!differs || row.outcomes.some((outcome) => !isAlike(outcome, row.outcomes[0]))) &&
    (text === '' || row.relocations.some((relocation) => says(relocation, text.toLowerCase())))
  );
}

/** Of one verdict, for one reason, with one value; what the kernels have instead may differ. */
function isAlike(a: Outcome | undefined, b: Outcome | undefined): boolean {
  return a?.verdict === b?.verdict && a?.code === b?.code && a?.new === b?.new;
}

function says({ expression, program, section, source }: CoreRelocation, text: string): boolean {
  return [expression, program, section, source?.file].some((words) => words?.toLowerCase().includes(text));
}

/** How many relocations have each verdict on some kernel. */
export function countVerdicts(rows: readonly Row[]): Map<RelocationVerdict, number> {
  const counts = new Map<RelocationVerdict, number>();
  for (const { outcomes, positions } of rows) {
    for (const verdict of new Set(outcomes.map((outcome) => outcome?.verdict))) {
      if (verdict) counts.set(verdict, (counts.get(verdict) ?? 0) + positions.length);
    }
  }
  return counts;
}

/** The different outcomes of a row, each with its columns; those of most kernels first. */
export function outcomesOf(row: Row, columns: readonly Column[]): { outcome: Outcome; columns: Column[] }[] {
  const found = new Map<Outcome, Column[]>();
  for (const [at, column] of columns.entries()) {
    const outcome = row.outcomes[at];
    if (!outcome) continue;
    const its = found.get(outcome);
    if (its) its.push(column);
    else found.set(outcome, [column]);
  }
  return [...found]
    .map(([outcome, columns]) => ({ outcome, columns }))
    .sort((a, b) => countKernels(b.columns) - countKernels(a.columns));
}

export function countKernels(columns: readonly Column[]): number {
  return columns.reduce((sum, { kernels }) => sum + kernels.length, 0);
}

/** How many kernels the program relocates on, and what they answer. */
export interface Summary {
  /** With an answer. */
  kernels: number;
  /** Without libbpf's refusal. */
  relocates: number;
  /** With this verdict somewhere, of those that the program relocates on. */
  having: (verdict: RelocationVerdict) => number;
}

export function summarise(columns: readonly Column[], unread: number): Summary {
  const relocated = columns.filter(({ answer }) => answer.code === null);
  return {
    kernels: countKernels(columns) + unread,
    relocates: countKernels(relocated),
    having: (verdict) =>
      countKernels(
        relocated.filter(({ answer }) => answer.outcomes.some((outcome) => outcome?.verdict === verdict)),
      ),
  };
}
