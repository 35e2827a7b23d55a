// The page on `@bpfc/core`: nothing to set up but `await init()`.
import * as core from '@bpfc/core';
import { TrimPool } from '@bpfc/core/pool';
import { packKernels } from './pack-kernels.js';
import { ask, inPool } from './window.js';

await core.init();

globalThis.drive = {
  inPage: (inputs) => packKernels(core, inputs, document.baseURI),
  inWorker: (inputs) => ask(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }), inputs),
  // On the module that `init` loaded.
  ...inPool(core, () => new TrimPool({ jobs: 2 })),
};
