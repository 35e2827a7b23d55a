/**
 * For Node: nothing to set up, the module is embedded and starts at the first use.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import base64 from '../wasm/embedded.js';
import { loadModuleSync, setModule, type WasmModule } from './load.js';

export * from './api.js';

let compiled: WasmModule | undefined;

/** The compiled module, to be handed to worker threads, which start it with `initSync` of `@bpfc/core/slim`. */
export function wasmModule(): WasmModule {
  compiled ??= loadModuleSync(Buffer.from(base64, 'base64'));
  return compiled;
}

setModule(wasmModule);
