// The whole core, for Workers that make packs or choose of them: the engine's slim module lacks that.
import wasm from '@bpfc/core/bpfc_bg.wasm?url';
import { initSync } from '@bpfc/core/slim';

/** @throws what keeps it from being loaded */
export async function startWholeCore(): Promise<WebAssembly.Module> {
  const response = await fetch(wasm);
  const module = await WebAssembly.compile(await response.arrayBuffer());
  initSync(module);
  return module;
}
