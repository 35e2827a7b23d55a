import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker is started by its name.
  entry: { index: 'src/index.ts', worker: 'src/worker.ts' },
  format: 'esm',
  target: 'node20',
  // tsup leaves dependencies out by itself, but not optional ones.
  external: ['koffi'],
  splitting: true,
  dts: { entry: { index: 'src/index.ts' }, compilerOptions: { stripInternal: true } },
  clean: true,
});
