/**
 * For browsers: nothing to set up, the modules are fetched from beside this file at the first run.
 *
 * @module
 */
import { setSources } from './modules.js';

export * from './api.js';

setSources(() => ({
  command: fetch(new URL('./bpfc.wasm', import.meta.url)),
  host: fetch(new URL('./wasmer.wasm', import.meta.url)),
}));
