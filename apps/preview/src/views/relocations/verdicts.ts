// What relocation says of an instruction, for people.
import type { RelocationVerdict } from '@bpfc/core/slim';

export interface VerdictWords {
  verdict: RelocationVerdict;
  /** One sign, read by eyes alone: the verdict's name stands beside it. */
  symbol: string;
  meaning: string;
}

/** From the best to the worst; what is passed over comes last. */
export const VERDICTS: readonly VerdictWords[] = [
  { verdict: 'ok', symbol: '✓', meaning: 'The instruction stays as it was compiled.' },
  {
    verdict: 'changed',
    symbol: '≠',
    meaning: "The kernel's offset, size or value is another, and is written into the instruction.",
  },
  {
    verdict: 'guarded',
    symbol: '?',
    meaning: 'The kernel has no such thing, and the program asks whether it has: the answer is 0.',
  },
  {
    verdict: 'poison',
    symbol: '!',
    meaning:
      'The kernel has no such thing: the instruction becomes one that the verifier refuses where it can be reached.',
  },
  { verdict: 'error', symbol: '✕', meaning: 'libbpf refuses the whole object.' },
  {
    verdict: 'skipped',
    symbol: '–',
    meaning: 'Nothing is asked: the instruction is in no program that libbpf takes without being told to.',
  },
];

const wordsOf = new Map(VERDICTS.map((words) => [words.verdict, words]));

export function symbolOf(verdict: RelocationVerdict): string {
  return wordsOf.get(verdict)?.symbol ?? '';
}

export function meaningOf(verdict: RelocationVerdict): string {
  return wordsOf.get(verdict)?.meaning ?? '';
}
