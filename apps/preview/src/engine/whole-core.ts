// The whole core, for Workers that make packs or choose of them: the engine's slim module lacks that.
import wasm from '@bpfc/core/bpfc_bg.wasm?url';
import { BpfcError, CoreCode, initSync } from '@bpfc/core/slim';

/** @throws BpfcError `CORE_LOAD` */
export async function startWholeCore(): Promise<WebAssembly.Module> {
  const response = await fetch(wasm);
  if (!response.ok) {
    throw new BpfcError(
      CoreCode.load,
      `the server answered ${response.status} ${response.statusText} for ${wasm}`,
    );
  }
  const module = await WebAssembly.compile(await response.arrayBuffer());
  initSync(module);
  return module;
}
