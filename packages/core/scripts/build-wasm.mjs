// Builds crates/wasm into packages/core/wasm: wasm-pack, then npm's wasm-opt.

import { join } from 'node:path';
import { withoutFolders } from '../../../tools/cargo.mjs';
import { capture, exitWith, root, step } from '../../../tools/process.mjs';
import { tellSize, wasmEnvironment, wasmOpt } from '../../../tools/wasm.mjs';

const TARGET = 'wasm32-unknown-unknown';

/** Relative to the crate, as wasm-pack reads it. */
const OUT_DIR = join('..', '..', 'packages', 'core', 'wasm');

function wasmPack() {
  const args = [
    'build',
    join('crates', 'wasm'),
    '--target',
    'web',
    '--profile',
    'wasm',
    '--mode',
    'no-install',
  ];
  const output = ['--out-dir', OUT_DIR, '--out-name', 'bpfc', '--no-pack', '--no-gitignore', '--no-opt'];
  capture('wasm-pack', [...args, ...output, '--', '--locked', ...withoutFolders(TARGET)], {
    env: wasmEnvironment(TARGET),
  });
}

await exitWith(() => {
  const module = join(root, 'packages', 'core', 'wasm', 'bpfc_bg.wasm');
  step('wasm-pack', wasmPack);
  step('wasm-opt', () => wasmOpt(module));
  tellSize(module);
  return 0;
});
