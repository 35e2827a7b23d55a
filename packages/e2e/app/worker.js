import * as core from '@bpfc/core';
import { packKernels } from './pack-kernels.js';

self.onmessage = ({ data: { inputs, base } }) => {
  core
    .init()
    .then(() => packKernels(core, inputs, base))
    .then(postMessage, reportError);
};
