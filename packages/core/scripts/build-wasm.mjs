// Builds crates/wasm into packages/core/wasm, whole and slim, and the modules that src/ imports from there.

import { transform } from 'esbuild';
import { exitWith } from '../../../tools/process.mjs';
import { buildBindings, buildSlim, embedModule } from '../../../tools/wasm.mjs';

await exitWith(async () => {
  buildBindings('wasm', 'core', 'bpfc');
  buildSlim('wasm', 'core', 'bpfc');
  await embedModule('core', 'bpfc', transform);
  return 0;
});
