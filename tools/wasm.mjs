// Compiling crates to WASM: what wasm-pack for the core and cargo for the WASI command have in common.

import { readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { capture, root } from './process.mjs';
import { environment } from './toolbox.mjs';

/** What rustc 1.95 turns on for both targets, and SIMD from .cargo/config.toml. */
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
  // Of libc it takes the few headers that liblzma-sys has for it.
  '-nostdlibinc',
  '-msimd128',
  '-mbulk-memory',
  '-DHAVE_IMMINTRIN_H',
  '-DLZMA_LZ_DECODER_CONFIG=2',
  `-I${join(root, 'crates', 'archive', 'wasm')}`,
];

/**
 * The environment that compiles for a target.
 * @param {'wasm32-unknown-unknown' | 'wasm32-wasip1'} target
 */
export function wasmEnvironment(target) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...environment(), [`CFLAGS_${target.replaceAll('-', '_')}`]: LIBLZMA.join(' ') };
  // Either would replace the flags of .cargo/config.toml, and with them SIMD, without a word.
  delete env.RUSTFLAGS;
  delete env.CARGO_ENCODED_RUSTFLAGS;
  return env;
}

/**
 * Optimizes a module; by temporary file and rename: whoever loads it meanwhile gets the old or the new one.
 * @param {string} module
 * @param {string} [output] in place without it
 */
export function wasmOpt(module, output = module) {
  const optimized = `${output}.opt`;
  const enabled = FEATURES.map((feature) => `--enable-${feature}`);
  capture('wasm-opt', [module, '-O3', ...enabled, '-o', optimized], { env: environment() });
  renameSync(optimized, output);
}

/**
 * Says how large a module is.
 * @param {string} module
 */
export function tellSize(module) {
  const bytes = readFileSync(module);
  const packed = gzipSync(bytes, { level: 9 }).length;
  process.stdout.write(`${basename(module)}: ${bytes.length} bytes, ${packed} gzipped\n`);
}
