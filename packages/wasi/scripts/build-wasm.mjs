// Builds crates/cli for WASI into packages/wasi/wasm/bpfc.wasm: cargo, then npm's wasm-opt.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { targetFolder, withoutFolders } from '../../../tools/cargo.mjs';
import { capture, exitWith, root, step } from '../../../tools/process.mjs';
import { tellSize, wasmEnvironment, wasmOpt } from '../../../tools/wasm.mjs';

const TARGET = 'wasm32-wasip1';
const PROFILE = 'wasm';

await exitWith(() => {
  const built = join(targetFolder(), TARGET, PROFILE, 'bpfc.wasm');
  const folder = join(root, 'packages', 'wasi', 'wasm');
  const module = join(folder, 'bpfc.wasm');
  mkdirSync(folder, { recursive: true });
  step('cargo', () => {
    const options = [
      '--package',
      'bpfc-cli',
      '--target',
      TARGET,
      '--profile',
      PROFILE,
      ...withoutFolders(TARGET),
    ];
    capture('cargo', ['build', '--locked', ...options], { env: wasmEnvironment(TARGET) });
  });
  step('wasm-opt', () => wasmOpt(built, module));
  tellSize(module);
  return 0;
});
