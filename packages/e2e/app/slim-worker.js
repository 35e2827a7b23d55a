import wasmUrl from '@bpfc/core/bpfc_bg.wasm?url';
import * as core from '@bpfc/core/slim';
import { packKernels } from './pack-kernels.js';

self.onmessage = ({ data: { inputs, base } }) => {
  core
    .init(fetch(wasmUrl))
    .then(() => packKernels(core, inputs, base))
    .then(postMessage, reportError);
};
