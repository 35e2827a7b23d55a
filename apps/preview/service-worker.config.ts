// The build's last step: the service worker, told which files to keep.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));

/** What is kept only once it was asked for: the console's modules are larger than all the rest. */
const LATER = /(^|\/)(bpfc|wasmer)-[^/]*\.wasm$|ConsoleView|console-worker/;

/** Builds `src/service-worker` into `dist/service-worker.js` once everything else is there. */
export function serviceWorker(): Plugin {
  let output = '';
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved({ root, build }) {
      output = join(root, build.outDir);
    },
    async closeBundle() {
      const files = readdirSync(output, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(output.length + 1))
        .filter((file) => !LATER.test(file))
        .sort();
      const hash = createHash('sha256');
      for (const file of files) hash.update(file).update(readFileSync(join(output, file)));
      const version = hash.digest('hex').slice(0, 16);
      await build({
        root: here,
        configFile: false,
        publicDir: false,
        logLevel: 'warn',
        define: { __KEPT__: JSON.stringify({ version, files: ['./', ...files] }) },
        build: {
          outDir: output,
          emptyOutDir: false,
          target: 'es2022',
          lib: {
            entry: 'src/service-worker/service-worker.ts',
            formats: ['es'],
            fileName: () => 'service-worker.js',
          },
        },
      });
    },
  };
}
