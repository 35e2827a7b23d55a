import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

/** What stands beside the entries: the modules, and the license of the host inside. */
const BESIDE = ['bpfc.wasm', 'wasmer.wasm', 'wasmer-LICENSE'];

export default defineConfig({
  entry: ['src/node.ts', 'src/browser.ts', 'src/slim.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // One host, whichever entries a program mixes.
  splitting: true,
  dts: { compilerOptions: { stripInternal: true } },
  clean: true,
  onSuccess: async () => {
    await Promise.all(BESIDE.map((file) => copyFile(`wasm/${file}`, `dist/${file}`)));
  },
});
