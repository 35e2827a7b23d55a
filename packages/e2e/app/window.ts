// What a page offers to whoever drives it.
import type { Inputs, Packs } from './pack-kernels.js';

/** How to do the job: in the page itself, or in its worker. */
export interface Drive {
  inPage(inputs: Inputs): Promise<Packs>;
  inWorker(inputs: Inputs): Promise<Packs>;
}

declare global {
  var drive: Drive | undefined;
}

/** Asks a worker that is new once. */
export function ask(worker: Worker, inputs: Inputs): Promise<Packs> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Packs>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ inputs, base: document.baseURI });
  }).finally(() => worker.terminate()) as Promise<Packs>;
}
