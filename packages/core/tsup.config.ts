import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

const imported = {
  node: 'src/node.ts',
  browser: 'src/browser.ts',
  slim: 'src/slim.ts',
  command: 'src/command.ts',
  base: 'src/base.ts',
  'pool-node': 'src/pool/node.ts',
  'pool-browser': 'src/pool/browser.ts',
};

/** Started by the pools, which say these names. */
const workers = {
  'worker-node': 'src/pool/worker-node.ts',
  worker: 'src/pool/worker-browser.ts',
};

export default defineConfig({
  entry: { ...imported, ...workers },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // One copy of the instance's state, whichever entries a program mixes.
  splitting: true,
  // Errors name the class of a handle.
  keepNames: true,
  dts: { entry: imported, compilerOptions: { stripInternal: true } },
  clean: true,
  async onSuccess() {
    await copyFile('wasm/bpfc_bg.wasm', 'dist/bpfc_bg.wasm');
    await copyFile('wasm/slim/bpfc_bg.wasm', 'dist/bpfc_slim_bg.wasm');
  },
});
