// What the engine answers of a program on kernels: each content is asked about once, and what is known stays while files come and go.
import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { useEffect } from 'preact/hooks';
import { engine } from '../../engine/client.js';
import { failureOf } from '../../engine/failure.js';
import type { Kernel, Program } from '../../workspace/sources.js';
import type { KernelAnswer, Outcome } from './fold.js';

/** How many contents are asked about at a time: after each such lot, more of the matrix shows. */
const LOT = 8;

/** Of one program, by the SHA-256 of its object: what is equal holds for every kernel of the same content. */
interface Known {
  program: string;
  byContent: ReadonlyMap<string, KernelAnswer>;
  /** Contents that the browser or the engine could not get at: another file may have them. */
  failed: ReadonlySet<string>;
  /** Outcomes by their JSON, so that equal ones are one object. */
  outcomes: Map<string, Outcome>;
}

const nothing = (program: string): Known => ({
  ...{ program, byContent: new Map(), failed: new Set(), outcomes: new Map() },
});

const NONE: Known['byContent'] = new Map();

const known = signal<Known>(nothing(''));
/** Of the contents that had to be asked about. */
const progress = signal({ done: 0, total: 0 });

let turn = 0;
let asking: Promise<void> = Promise.resolve();

export interface Answers {
  byContent: ReadonlyMap<string, KernelAnswer>;
  /** How far the engine is; null when it has answered all. */
  progress: { done: number; total: number } | null;
}

/** The answers that are there, of this program alone. Others are on their way; who turns to another program is not waited for. */
export function useRelocations(program: Program, kernels: readonly Kernel[]): Answers {
  const { sha256 } = program.info;
  useEffect(() => {
    const mine = ++turn;
    asking = asking.then(() => askAll(program, kernels, () => mine === turn));
    return () => {
      if (mine === turn) turn++;
    };
  }, [sha256, program.source.file, kernels.map(({ key, source }) => `${source.file} ${key}`).join('\n')]);
  const byContent = known.value.program === sha256 ? known.value.byContent : NONE;
  const waits = kernels.some(({ content }) => !byContent.has(content));
  return { byContent, progress: waits ? progress.value : null };
}

async function askAll(program: Program, kernels: readonly Kernel[], wanted: () => boolean): Promise<void> {
  if (!wanted()) return;
  const { sha256 } = program.info;
  if (known.value.program !== sha256) known.value = nothing(sha256);
  const { byContent, failed } = known.value;
  const missing = [...new Map(kernels.map((kernel) => [kernel.content, kernel])).values()].filter(
    ({ content }) => !byContent.has(content) || failed.has(content),
  );
  progress.value = { done: 0, total: missing.length };
  for (let at = 0; at < missing.length && wanted(); at += LOT) {
    await ask(program, missing.slice(at, at + LOT), (done) => {
      if (wanted()) progress.value = { done: at + done, total: missing.length };
    });
  }
}

async function ask(program: Program, kernels: readonly Kernel[], onKernel: (done: number) => void) {
  try {
    const named = kernels.map(({ source, label }) => ({ ...source, name: label }));
    const told = await engine.relocations(program.source, named, proxy(onKernel));
    const { outcomes: interned } = known.value;
    const answers = told.kernels.map(({ read, code, message }) => ({
      read,
      code,
      message,
      outcomes: Array.from<Outcome | undefined>({ length: told.relocations.length }),
    }));
    for (const [position, { outcomes }] of told.relocations.entries()) {
      for (const { kernels, ...told } of outcomes) {
        const json = JSON.stringify(told);
        const outcome = interned.get(json) ?? told;
        interned.set(json, outcome);
        for (const kernel of kernels) {
          const answer = answers[kernel];
          if (answer) answer.outcomes[position] = outcome;
        }
      }
    }
    keep(kernels, answers, false);
  } catch (error) {
    if (kernels.length > 1) {
      // One of them is to blame: alone, the others are answered.
      for (const kernel of kernels) await ask(program, [kernel], () => {});
      return;
    }
    const { code, message } = failureOf(error);
    keep(kernels, [{ read: false, code, message, outcomes: [] }], true);
  }
}

function keep(kernels: readonly Kernel[], answers: readonly KernelAnswer[], isFailure: boolean): void {
  const byContent = new Map(known.value.byContent);
  const failed = new Set(known.value.failed);
  for (const [at, { content }] of kernels.entries()) {
    const answer = answers[at];
    if (answer) byContent.set(content, answer);
    if (isFailure) failed.add(content);
    else failed.delete(content);
  }
  known.value = { ...known.value, byContent, failed };
}
