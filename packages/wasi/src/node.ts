/**
 * For Node: nothing to set up, the modules are read from beside this file at the first run.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { setSources } from './modules.js';

export * from './api.js';

setSources(() => ({
  command: readFile(new URL('./bpfc.wasm', import.meta.url)),
  host: readFile(new URL('./wasmer.wasm', import.meta.url)),
}));
