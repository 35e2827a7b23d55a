import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/cli.ts'],
  format: 'esm',
  target: 'node20',
  // The version in package.json is read at build time.
  loader: { '.json': 'json' },
  splitting: true,
  clean: true,
});
