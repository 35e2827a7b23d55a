import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', cache: 'src/cache-only.ts' },
  format: 'esm',
  target: 'node20',
  splitting: true,
  dts: { compilerOptions: { stripInternal: true } },
  clean: true,
});
