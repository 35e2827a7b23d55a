import { defineConfig } from 'vite';
import { serviceWorker } from './service-worker.config.js';

export default defineConfig({
  // Relative, so that the build works from any folder of a site.
  base: './',
  build: {
    target: 'es2022',
    // As files: a policy for content can then name what may run, and each is loaded only when it is asked for.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  plugins: [serviceWorker()],
});
