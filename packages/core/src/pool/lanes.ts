// Which kernel is done when, and by whom.
import type { BpfcError } from '../error.js';
import type { Trimmed } from '../trim.js';
import { inOrder, type Kernel, type Source } from './sources.js';

/** What became of one kernel. */
export type TrimOutcome = { trimmed: Trimmed; error: null } | { trimmed: null; error: BpfcError };

export interface Work {
  kernels: readonly Source[];
  /** How many kernels may be in work at a time. */
  lanes: number;
  /** Trims one in a lane that is free. Never rejects. */
  trim(lane: number, kernel: Source): Promise<TrimOutcome>;
  /** Called once for each kernel. */
  onDone(index: number, outcome: TrimOutcome): void;
}

/** Does all kernels. Rejects only with what `onDone` throws, once everything has ended. */
export async function runLanes({ kernels, lanes, trim, onDone }: Work): Promise<void> {
  /** Outcomes by digest. */
  const known = new Map<string, Promise<TrimOutcome>>();
  /** Kernels that wait for the outcome of an equal one; their lane does not. */
  const twins: Promise<void>[] = [];

  const one = async (lane: number, kernel: Kernel): Promise<void> => {
    const digest = kernel.sharesSize ? await kernel.digest() : undefined;
    const first = digest === undefined ? undefined : known.get(digest);
    const outcome = first ?? trim(lane, kernel);
    if (digest !== undefined) known.set(digest, outcome);
    const done = outcome.then((outcome) => onDone(kernel.index, outcome));
    if (first) twins.push(done);
    else await done;
  };

  // A lane takes the next kernel until there is none; iterating one iterator shares it. Only one lane takes large ones,
  // and first, so that memory holds one of them at a time and none is left over at the end.
  const { large, usual } = inOrder(kernels);
  const [nextLarge, nextUsual] = [large.values(), usual.values()];
  const run = async (lane: number): Promise<void> => {
    if (lane === 0) for (const kernel of nextLarge) await one(lane, kernel);
    for (const kernel of nextUsual) await one(lane, kernel);
  };
  const count = Math.min(lanes, kernels.length);
  const ended = await Promise.allSettled(Array.from({ length: count }, (_, lane) => run(lane)));
  ended.push(...(await Promise.allSettled(twins)));
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
