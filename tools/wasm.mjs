// Compiling crates to WASM: wasm-pack for JavaScript's packages, and what cargo for the WASI command shares with it.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { withoutFolders } from './cargo.mjs';
import { capture, root, step } from './process.mjs';
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

/**
 * Builds a crate into the folder `wasm` of a package: `NAME.js` and `NAME_bg.wasm`, by wasm-pack, then npm's wasm-opt.
 * @param {string} crate folder below crates/
 * @param {string} folder below packages/
 * @param {string} name
 */
export function buildBindings(crate, folder, name) {
  const target = 'wasm32-unknown-unknown';
  // Relative to the crate, as wasm-pack reads it.
  const output = ['--out-dir', join('..', '..', 'packages', folder, 'wasm'), '--out-name', name];
  const form = ['--target', 'web', '--profile', 'wasm', '--mode', 'no-install'];
  const without = ['--no-pack', '--no-gitignore', '--no-opt'];
  const module = join(root, 'packages', folder, 'wasm', `${name}_bg.wasm`);
  step('wasm-pack', () => {
    const args = ['build', join('crates', crate), ...form, ...output, ...without];
    capture('wasm-pack', [...args, '--', '--locked', ...withoutFolders(target)], {
      env: wasmEnvironment(target),
    });
  });
  step('wasm-opt', () => wasmOpt(module));
  tellSize(module);
}

/**
 * Turns what {@link buildBindings} wrote into the two modules that a package's sources import:
 *
 *   wasm/glue.js      createGlue(): the bindings as a factory. wasm-bindgen keeps its one instance in module
 *                     variables and can never load a second; a trapped instance has to be replaced, so each
 *                     instance gets a copy of the bindings.
 *   wasm/embedded.js  the module itself as base64, for what needs no file at run time.
 *
 * @param {string} folder below packages/
 * @param {string} name
 * @param {(code: string, options: object) => Promise<{ code: string }>} transform esbuild's
 */
export async function embedModule(folder, name, transform) {
  const wasm = join(root, 'packages', folder, 'wasm');
  const bindings = await transform(readFileSync(join(wasm, `${name}.js`), 'utf8'), {
    format: 'cjs',
    target: 'es2022',
    // `new URL('NAME_bg.wasm', import.meta.url)` is only the default of an argument that is always given here;
    // left in, it makes bundlers emit the file for programs that bring their own.
    define: { 'import.meta.url': '""' },
  });
  writeFileSync(
    join(wasm, 'glue.js'),
    `export function createGlue(FinalizationRegistry) {
const module = { exports: {} };
${bindings.code}
return module.exports;
}
`,
  );
  writeFileSync(
    join(wasm, 'glue.d.ts'),
    `export type Glue = typeof import('./${name}.js');
/** A new copy of the bindings, to be started with \`initSync\`. Freed by garbage collection through the given registry. */
export function createGlue(FinalizationRegistry: FinalizationRegistryConstructor): Glue;
`,
  );
  const module = readFileSync(join(wasm, `${name}_bg.wasm`));
  writeFileSync(join(wasm, 'embedded.js'), `export default '${module.toString('base64')}';\n`);
  writeFileSync(
    join(wasm, 'embedded.d.ts'),
    `/** The WASM module, base64. */
declare const base64: string;
export default base64;
`,
  );
}
