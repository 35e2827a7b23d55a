import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/node.ts', 'src/browser.ts', 'src/slim.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // One copy of the instance's state, whichever entries a program mixes.
  splitting: true,
  // Errors name the class of a handle.
  keepNames: true,
  dts: { compilerOptions: { stripInternal: true } },
  clean: true,
  onSuccess: () => copyFile('wasm/bpfc_bg.wasm', 'dist/bpfc_bg.wasm'),
});
