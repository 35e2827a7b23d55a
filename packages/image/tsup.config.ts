import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: 'esm',
  target: 'node20',
  dts: { entry: { index: 'src/index.ts' }, compilerOptions: { stripInternal: true } },
  clean: true,
});
