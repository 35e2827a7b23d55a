/**
 * Bring your own module, as the bundler or the worker's parent hands it over: for pages `@bpfc/core/bpfc_slim_bg.wasm`, under half
 * as large as `@bpfc/core/bpfc_bg.wasm`, which has everything. What the slim one lacks throws `CORE_SLIM`.
 *
 * @module
 */
import type { Bytes } from './bytes.js';
import { loadModule, loadModuleSync, type ModuleSource, setModule, type WasmModule } from './load.js';

export * from './api.js';

/**
 * Loads the module; to be awaited before anything else is called.
 *
 * @throws BpfcError `CORE_LOAD`
 *
 * @example
 * import wasm from '@bpfc/core/bpfc_slim_bg.wasm?url';
 * await init(fetch(wasm));
 */
export async function init(source: ModuleSource | Promise<ModuleSource>): Promise<void> {
  const module = await loadModule(source);
  setModule(() => module);
}

/**
 * {@link init} without waiting, for workers and for Node.
 *
 * @throws BpfcError `CORE_LOAD`
 */
export function initSync(source: WasmModule | Bytes): void {
  const module = loadModuleSync(source);
  setModule(() => module);
}
