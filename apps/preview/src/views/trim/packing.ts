// One packing at a time, and what came of it: kept while the reader looks at other views.
import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { connect } from '../../engine/connect.js';
import { type Failure, failureOf } from '../../engine/failure.js';
import type { Packer, PackOrder, PackResult } from './packer.js';

export type Packing =
  | { state: 'idle' }
  | { state: 'running'; done: number; all: number }
  | { state: 'done'; result: PackResult; order: PackOrder; address: string }
  | { state: 'failed'; failure: Failure };

export const packing = signal<Packing>({ state: 'idle' });

const packer = connect<Packer>(
  () => new Worker(new URL('./packing-worker.ts', import.meta.url), { type: 'module', name: 'packer' }),
);

/** Counts packings: what a cancelled one still says is not heard. */
let turn = 0;

export async function pack(order: PackOrder): Promise<void> {
  letGo();
  const mine = ++turn;
  packing.value = { state: 'running', done: 0, all: order.kernels.length };
  const onKernel = proxy((done: number, all: number) => {
    if (mine === turn && packing.value.state === 'running') packing.value = { state: 'running', done, all };
  });
  try {
    const result = await packer.ask.pack(order, onKernel);
    if (mine !== turn) return;
    const address = URL.createObjectURL(new Blob([result.bytes as BlobPart]));
    packing.value = { state: 'done', result, order, address };
  } catch (error) {
    if (mine === turn) packing.value = { state: 'failed', failure: failureOf(error) };
  }
}

/** Stops in the middle: a call that is under way in a Worker ends only with the Worker. */
export function cancel(): void {
  turn++;
  packer.end();
  packing.value = { state: 'idle' };
}

/** The last pack's bytes, which its address held. */
function letGo(): void {
  if (packing.value.state === 'done') URL.revokeObjectURL(packing.value.address);
}
