// Turns what wasm-pack wrote (wasm/bpfc.js, wasm/bpfc_bg.wasm) into the two modules that src/ imports:
//
//   wasm/glue.js      createGlue(): the bindings as a factory. wasm-bindgen keeps its one instance in module
//                     variables and can never load a second; a trapped instance has to be replaced, so each
//                     instance gets a copy of the bindings.
//   wasm/embedded.js  the module itself as base64, for the entry that needs no file at run time.
import { readFile, writeFile } from 'node:fs/promises';
import { transform } from 'esbuild';

const wasm = new URL('../wasm/', import.meta.url);

const bindings = await transform(await readFile(new URL('bpfc.js', wasm), 'utf8'), {
  format: 'cjs',
  target: 'es2022',
  // `new URL('bpfc_bg.wasm', import.meta.url)` is only the default of an argument that is always given here;
  // left in, it makes bundlers emit the file for programs that bring their own.
  define: { 'import.meta.url': '""' },
});

await writeFile(
  new URL('glue.js', wasm),
  `export function createGlue(FinalizationRegistry) {
const module = { exports: {} };
${bindings.code}
return module.exports;
}
`,
);
await writeFile(
  new URL('glue.d.ts', wasm),
  `export type Glue = typeof import('./bpfc.js');
/** A new copy of the bindings, to be started with \`initSync\`. Freed by garbage collection through the given registry. */
export function createGlue(FinalizationRegistry: FinalizationRegistryConstructor): Glue;
`,
);

const module = await readFile(new URL('bpfc_bg.wasm', wasm));
await writeFile(new URL('embedded.js', wasm), `export default '${module.toString('base64')}';\n`);
await writeFile(
  new URL('embedded.d.ts', wasm),
  `/** The WASM module, base64. */
declare const base64: string;
export default base64;
`,
);
