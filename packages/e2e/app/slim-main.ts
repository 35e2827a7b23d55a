// The page on `@bpfc/core/slim`, with the module as an asset of the bundler's.

import wasmUrl from '@bpfc/core/bpfc_bg.wasm?url';
import { TrimPool } from '@bpfc/core/pool';
import * as core from '@bpfc/core/slim';
import { packKernels } from './pack-kernels.js';
import { ask, inPool } from './window.js';

await core.init(fetch(wasmUrl));

globalThis.drive = {
  inPage: (inputs) => packKernels(core, inputs, document.baseURI),
  inWorker: (inputs) =>
    ask(new Worker(new URL('./slim-worker.js', import.meta.url), { type: 'module' }), inputs),
  // With a module of its own, as a page has it that trims in the pool alone.
  ...inPool(core, () => new TrimPool({ jobs: 2, module: fetch(wasmUrl) })),
};
