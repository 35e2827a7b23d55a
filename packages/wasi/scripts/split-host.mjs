// Takes @wasmer/wasi apart. It is published as one JavaScript file with its own WASM module inside, in base64, which it
// decodes by Node's Buffer and so not in browsers:
//
//   wasm/host.js      its bindings alone, to be started with `initSync`
//   wasm/wasmer.wasm  its module
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { transform } from 'esbuild';

const wasm = new URL('../wasm/', import.meta.url);
const { resolve } = createRequire(import.meta.url);

const source = await readFile(resolve('@wasmer/wasi/dist/Library.esm.js'), 'utf8');
const [, base64] = /"data:application\/wasm;base64,([^"]+)"/.exec(source) ?? [];
if (base64 === undefined) throw new Error('@wasmer/wasi carries no module in base64');

const bindings = await transform(source.replace(base64, ''), {
  format: 'esm',
  target: 'es2022',
  // Where the bindings would look for the module; left in, bundlers look for that file.
  define: { 'import.meta.url': '""' },
});

await writeFile(new URL('wasmer.wasm', wasm), Buffer.from(base64, 'base64'));
await writeFile(new URL('host.js', wasm), bindings.code);
await writeFile(
  new URL('host.d.ts', wasm),
  `export { type InitOutput, initSync, MemFS, WASI } from '@wasmer/wasi';\n`,
);
await copyFile(resolve('@wasmer/wasi/LICENSE'), new URL('wasmer-LICENSE', wasm));
