/**
 * Bring your own modules: `@bpfc/wasi/bpfc.wasm` and `@bpfc/wasi/wasmer.wasm` as the bundler or the worker's parent hands
 * them over.
 *
 * @module
 */
import { type ModuleSources, modules, setSources } from './modules.js';

export * from './api.js';

/**
 * Loads the modules; to be awaited before the first run.
 *
 * @throws BpfcError `CORE_LOAD`
 *
 * @example
 * import command from '@bpfc/wasi/bpfc.wasm?url';
 * import host from '@bpfc/wasi/wasmer.wasm?url';
 * await init({ command: fetch(command), host: fetch(host) });
 */
export async function init(sources: ModuleSources): Promise<void> {
  setSources(() => sources);
  await modules();
}
