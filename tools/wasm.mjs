// Compiling crates to WASM: wasm-pack for JavaScript's packages, and what cargo for the WASI command shares with it.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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

/** Headers that liblzma is compiled with. */
const HEADERS = join(root, 'crates', 'archive', 'wasm');

/** liblzma copies matches 32 bytes at a time, given the header of these instructions: a tenth of decoding. */
const LIBLZMA = [
  // Of libc it takes the few headers that liblzma-sys has for it.
  '-nostdlibinc',
  '-msimd128',
  '-mbulk-memory',
  '-DHAVE_IMMINTRIN_H',
  '-DLZMA_LZ_DECODER_CONFIG=2',
  `-I${HEADERS}`,
  // Tables that are made when they are first wanted are not loaded.
  '-include',
  'crc.h',
  // Nobody reads it: cargo compiles liblzma again when its flags change, not when these headers do.
  `-DBPFC_HEADERS=${contentOf(HEADERS)}`,
];

/**
 * Rust's standard library is compiled with the rest, so that a panic traps at once: `@bpfc/core` says `WASM_TRAP` of any trap, and a
 * panic's text and place would only be loaded.
 */
const OWN_STD = '-Zbuild-std=std,panic_abort';
const SMALL = ['-Zunstable-options', '-Cpanic=immediate-abort', '-Zlocation-detail=none'];

/** For size, at which sorting is slower: a diff of whole kernels takes twice as long. */
const SLIM_OPTIONS = ['--no-default-features', '-Zbuild-std-features=optimize_for_size'];

/**
 * For size. Large functions pack worse than several small ones, so those with one caller stay apart. At the lowest addresses is
 * the end of the stack, and no data.
 */
const SLIM_PASSES = [
  '-Oz',
  '--one-caller-inline-max-function-size=0',
  '--low-memory-unused',
  '--strip-producers',
  '--strip-target-features',
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
 * @param {string[]} [passes]
 */
export function wasmOpt(module, output = module, passes = ['-O3']) {
  const optimized = `${output}.opt`;
  const enabled = FEATURES.map((feature) => `--enable-${feature}`);
  capture('wasm-opt', [module, ...passes, ...enabled, '-o', optimized], { env: environment() });
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
  bind({ crate, name, output: join(folder, 'wasm'), profile: 'wasm', options: [], passes: ['-O3'] });
}

/**
 * Builds a crate without its feature `full` into the folder `wasm/slim` of a package, as small as it gets. What it exports and
 * imports is among that of the full one, so that both share their bindings.
 * @param {string} crate folder below crates/
 * @param {string} folder below packages/
 * @param {string} name
 */
export function buildSlim(crate, folder, name) {
  const output = join(folder, 'wasm', 'slim');
  bind({ crate, name, output, profile: 'slim', options: SLIM_OPTIONS, passes: SLIM_PASSES });
}

/**
 * @param {object} of
 * @param {string} of.crate
 * @param {string} of.name
 * @param {string} of.output folder below packages/
 * @param {string} of.profile of cargo
 * @param {string[]} of.options of cargo
 * @param {string[]} of.passes of wasm-opt
 */
function bind({ crate, name, output, profile, options, passes }) {
  const target = 'wasm32-unknown-unknown';
  // Relative to the crate, as wasm-pack reads it.
  const place = ['--out-dir', join('..', '..', 'packages', output), '--out-name', name];
  const form = ['--target', 'web', '--profile', profile, '--mode', 'no-install'];
  const without = ['--no-pack', '--no-gitignore', '--no-opt'];
  const module = join(root, 'packages', output, `${name}_bg.wasm`);
  step(`wasm-pack, ${profile}`, () => {
    const args = ['build', join('crates', crate), ...form, ...place, ...without, '--', '--locked'];
    // The switch for what cargo and rustc have not made stable; the toolchain is pinned.
    const env = { ...wasmEnvironment(target), RUSTC_BOOTSTRAP: '1' };
    capture('wasm-pack', [...args, OWN_STD, ...withoutFolders(target, SMALL), ...options], { env });
  });
  step(`wasm-opt, ${profile}`, () => wasmOpt(module, module, passes));
  tellSize(module);
}

/**
 * Turns what {@link buildBindings} wrote, and {@link buildSlim} where it was called, into the two modules that a package's
 * sources import:
 *
 *   wasm/glue.js      createGlue(): the bindings as a factory. wasm-bindgen keeps its one instance in module
 *                     variables and can never load a second; a trapped instance has to be replaced, so each
 *                     instance gets a copy of the bindings. In a slim instance, what it lacks throws, before
 *                     arguments are copied into its memory.
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
  const [before, after, ...others] = bindings.code.split('wasm = instance.exports;');
  if (before === undefined || after === undefined || others.length > 0) {
    throw new Error('wasm-bindgen sets its exports in another way than this is made for');
  }
  writeFileSync(
    join(wasm, 'glue.js'),
    `/** Exports of the full module that the slim one has not. */
const FULL_ONLY = ${JSON.stringify(fullOnly(wasm, name))};

/** Has \`lacking\` called in place of an object's functions that only the full module has. */
function replace(object, prefix, lacking) {
  for (const name of FULL_ONLY.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))) {
    if (typeof Object.getOwnPropertyDescriptor(object, name)?.value === 'function') object[name] = lacking;
  }
}

export function createGlue(FinalizationRegistry, lacking) {
/** What the instance exports; in a slim one, what it lacks calls \`lacking\`, which throws. */
function complete(exports) {
  if (FULL_ONLY.every((name) => name in exports)) return exports;
  replace(glue, '', lacking);
  for (const [name, value] of Object.entries(glue)) {
    for (const methods of [value, value.prototype ?? {}]) replace(methods, name.toLowerCase() + '_', lacking);
  }
  return { ...Object.fromEntries(FULL_ONLY.map((name) => [name, lacking])), ...exports };
}
const module = { exports: {} };
${before}wasm = complete(instance.exports);${after}
const glue = { ...module.exports };
return glue;
}
`,
  );
  writeFileSync(
    join(wasm, 'glue.d.ts'),
    `export type Glue = typeof import('./${name}.js');
/**
 * A new copy of the bindings, to be started with \`initSync\`. Freed by garbage collection through the given registry. What a slim
 * module lacks calls \`lacking\`.
 */
export function createGlue(FinalizationRegistry: FinalizationRegistryConstructor, lacking?: () => never): Glue;
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

/**
 * A hash of the files in a folder.
 * @param {string} folder
 */
function contentOf(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Names of the exports that only the full module has; none where there is no slim one.
 * @param {string} wasm folder with both
 * @param {string} name
 * @returns {string[]}
 */
function fullOnly(wasm, name) {
  const slimFolder = join(wasm, 'slim');
  if (!existsSync(slimFolder)) return [];
  const [full, slim] = [wasm, slimFolder].map((folder) => ({
    imports: importsOf(readFileSync(join(folder, `${name}.js`), 'utf8')),
    exports: exportsOf(readFileSync(join(folder, `${name}_bg.wasm.d.ts`), 'utf8')),
  }));
  // Some names of imports are numbers, given in each module anew.
  if (full?.imports === undefined || full.imports !== slim?.imports) {
    throw new Error('the slim module needs bindings of its own');
  }
  return [...full.exports].filter((name) => !slim?.exports.has(name));
}

/**
 * What wasm-bindgen's JavaScript hands to the module.
 * @param {string} bindings
 */
function importsOf(bindings) {
  return /^function __wbg_get_imports\(\) \{.*?^\}$/ms.exec(bindings)?.[0];
}

/**
 * Names in wasm-bindgen's declaration of a module.
 * @param {string} declaration
 */
function exportsOf(declaration) {
  return new Set(Array.from(declaration.matchAll(/^export const (\w+):/gm), ([, name = '']) => name));
}
