// The two WebAssembly modules of a run, and where they come from.
import { BpfcError, CoreCode, loadModule, type ModuleSource, type WasmModule } from '@bpfc/core/base';

/** Where the modules are to be had. */
export interface ModuleSources {
  /** `@bpfc/wasi/bpfc.wasm`, the command. */
  command: ModuleSource | Promise<ModuleSource>;
  /** `@bpfc/wasi/wasmer.wasm`, which gives it files and streams. */
  host: ModuleSource | Promise<ModuleSource>;
}

export interface Modules {
  command: WasmModule;
  host: WasmModule;
}

let find: (() => ModuleSources) | undefined;
let loading: Promise<Modules> | undefined;

/** Says where the modules come from; asked at the first use, and again only after a failure. */
export function setSources(sources: () => ModuleSources): void {
  find = sources;
  loading = undefined;
}

/** @throws BpfcError `CORE_LOAD`, `CORE_NOT_READY` */
export function modules(): Promise<Modules> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Modules> {
  if (!find) {
    throw new BpfcError(
      CoreCode.notReady,
      'the WebAssembly modules are not loaded yet: `await init()` first',
    );
  }
  const sources = find();
  const [command, host] = await Promise.all([loadModule(sources.command), loadModule(sources.host)]);
  return { command, host };
}
