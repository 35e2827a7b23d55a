// One packing at a time, and what came of it: kept while the reader looks at other views.
import { signal } from '@preact/signals';
import { proxy, type Remote, wrap } from 'comlink';
import { type Failure, failureOf } from '../../engine/failure.js';
import type { Packer, PackOrder, PackResult } from './packer.js';

export type Packing =
  | { state: 'idle' }
  | { state: 'running'; done: number; all: number }
  | { state: 'done'; result: PackResult; order: PackOrder; address: string }
  | { state: 'failed'; failure: Failure };

export const packing = signal<Packing>({ state: 'idle' });

let worker: Worker | undefined;
let packer: Remote<Packer> | undefined;

function started(): Remote<Packer> {
  worker ??= new Worker(new URL('./packing-worker.ts', import.meta.url), { type: 'module', name: 'packer' });
  packer ??= wrap<Packer>(worker);
  return packer;
}

export async function pack(order: PackOrder): Promise<void> {
  letGo();
  const mine = started();
  packing.value = { state: 'running', done: 0, all: order.kernels.length };
  const onKernel = proxy((done: number, all: number) => {
    if (mine === packer && packing.value.state === 'running') packing.value = { state: 'running', done, all };
  });
  try {
    const result = await mine.pack(order, onKernel);
    const address = URL.createObjectURL(new Blob([result.bytes as BlobPart]));
    packing.value = { state: 'done', result, order, address };
  } catch (error) {
    packing.value = { state: 'failed', failure: failureOf(error) };
  }
}

/** Stops in the middle: a call that is under way in a Worker ends only with the Worker. */
export function cancel(): void {
  worker?.terminate();
  worker = undefined;
  packer = undefined;
  packing.value = { state: 'idle' };
}

/** The last pack's bytes, which its address held. */
function letGo(): void {
  if (packing.value.state === 'done') URL.revokeObjectURL(packing.value.address);
}
