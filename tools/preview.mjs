// The web page, built and served on this machine.

import { join } from 'node:path';
import { exitWith, root, run } from './process.mjs';
import { setUp } from './setup.mjs';

await exitWith(() => {
  setUp('preview');
  const app = join(root, 'apps', 'preview');
  // Vite's own server of what was built; it says its address, and takes --port and --host.
  const vite = join(app, 'node_modules', 'vite', 'bin', 'vite.js');
  return run(process.execPath, [vite, 'preview', app, ...process.argv.slice(2)]);
});
