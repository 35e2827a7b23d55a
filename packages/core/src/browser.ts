/**
 * For browsers: `await init()` fetches the module from beside this file; then everything is synchronous.
 *
 * @module
 */
import { loadModule, setModule } from './load.js';

export * from './api.js';

let loading: Promise<void> | undefined;

/**
 * Loads the module; to be awaited before anything else is called. Calling it again costs nothing, and after a
 * failure tries again.
 *
 * @throws BpfcError `CORE_LOAD`
 */
export function init(): Promise<void> {
  loading ??= loadModule(fetch(new URL('./bpfc_bg.wasm', import.meta.url))).then(
    (module) => setModule(() => module),
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
