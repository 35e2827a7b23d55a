// Builds crates/image-wasm into packages/image/wasm, and the modules that src/ imports from there.

import { transform } from 'esbuild';
import { exitWith } from '../../../tools/process.mjs';
import { buildBindings, embedModule } from '../../../tools/wasm.mjs';

await exitWith(async () => {
  buildBindings('image-wasm', 'image', 'image');
  await embedModule('image', 'image', transform);
  return 0;
});
