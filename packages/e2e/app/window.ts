// What the pages have in common besides the job.
import type { TrimPool } from '@bpfc/core/pool';
import type { Drive, Inputs, Packs } from './drive.js';
import { type Core, codesInPool, packInPool } from './pack-kernels.js';

/** Asks a worker that is new once. */
export function ask(worker: Worker, inputs: Inputs): Promise<Packs> {
  return new Promise<Packs>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Packs>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ inputs, base: document.baseURI });
  }).finally(() => worker.terminate());
}

/** What a page does with its pool. */
export function inPool(core: Core, start: () => TrimPool): Pick<Drive, 'inPool' | 'codes' | 'endPool'> {
  let pool: TrimPool | undefined;
  const started = () => {
    pool ??= start();
    return pool;
  };
  return {
    inPool: (inputs) => packInPool(core, started(), inputs, document.baseURI),
    codes: (program, kernels) => codesInPool(started(), program, kernels, document.baseURI),
    endPool: () => started().terminate(),
  };
}
