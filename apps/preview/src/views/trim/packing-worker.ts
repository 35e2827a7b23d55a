// The Worker that packs; it starts Workers that trim.
import wasm from '@bpfc/core/bpfc_bg.wasm?url';
import { initSync } from '@bpfc/core/slim';
import { expose } from 'comlink';
import { carryFailures } from '../../engine/failure.js';
import { Packer } from './packer.js';

async function compiled(): Promise<WebAssembly.Module> {
  const response = await fetch(wasm);
  const module = await WebAssembly.compile(await response.arrayBuffer());
  initSync(module);
  return module;
}

carryFailures();
expose(new Packer(compiled()));
