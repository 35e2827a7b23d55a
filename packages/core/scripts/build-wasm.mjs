// Builds crates/wasm into packages/core/wasm: wasm-pack, then npm's wasm-opt.

import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { capture, exitWith, root, step } from '../../../tools/process.mjs';
import { environment } from '../../../tools/toolbox.mjs';

/** Relative to the crate, as wasm-pack reads it. */
const OUT_DIR = join('..', '..', 'packages', 'core', 'wasm');

/** What rustc 1.95 turns on for wasm32-unknown-unknown, and SIMD from .cargo/config.toml. */
const FEATURES = [
  'bulk-memory',
  'bulk-memory-opt',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
  'simd',
];

/** liblzma copies matches 32 bytes at a time, given the header of these instructions: a tenth of decoding. */
const LIBLZMA = [
  '-msimd128',
  '-mbulk-memory',
  '-DHAVE_IMMINTRIN_H',
  '-DLZMA_LZ_DECODER_CONFIG=2',
  `-I${join(root, 'crates', 'archive', 'wasm')}`,
];

function wasmPack() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...environment(), CFLAGS_wasm32_unknown_unknown: LIBLZMA.join(' ') };
  // Either would replace the flags of .cargo/config.toml, and with them SIMD, without a word.
  delete env.RUSTFLAGS;
  delete env.CARGO_ENCODED_RUSTFLAGS;
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
  capture('wasm-pack', [...args, ...output, '--', '--locked'], { env });
}

/** By temporary file and rename: whoever loads the module meanwhile gets the old or the new one. */
function wasmOpt(/** @type {string} */ module) {
  const optimized = `${module}.opt`;
  const enabled = FEATURES.map((feature) => `--enable-${feature}`);
  capture('wasm-opt', [module, '-O3', ...enabled, '-o', optimized], { env: environment() });
  renameSync(optimized, module);
}

await exitWith(() => {
  const module = join(root, 'packages', 'core', 'wasm', 'bpfc_bg.wasm');
  step('wasm-pack', wasmPack);
  step('wasm-opt', () => wasmOpt(module));
  const bytes = readFileSync(module);
  process.stdout.write(
    `bpfc_bg.wasm: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped\n`,
  );
  return 0;
});
