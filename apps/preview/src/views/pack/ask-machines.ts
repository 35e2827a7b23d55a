// The page's side of the Worker for machines, which starts with the first question.
import { type Remote, wrap } from 'comlink';
import type { Machines } from './machines-worker.js';

let machines: Remote<Machines> | undefined;

export function askMachines(): Remote<Machines> {
  machines ??= wrap<Machines>(
    new Worker(new URL('./machines-worker.ts', import.meta.url), { type: 'module', name: 'machines' }),
  );
  return machines;
}
