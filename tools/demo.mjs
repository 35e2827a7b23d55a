// The main job on a checked-in object: packs it for every kernel at hand and prints the summary.

import { existsSync, mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { exitWith, root, run } from './process.mjs';
import { setUp } from './setup.mjs';

await exitWith(() => {
  setUp('demo');

  const archive = process.env.BPFC_ARCHIVE ?? join(root, '..', 'shared', 'btfhub-archive');
  const output = join(root, 'target', 'demo', 'execsnoop.tar');
  mkdirSync(join(root, 'target', 'demo'), { recursive: true });

  const args = ['pack', 'packages/fixtures/objects/bpfel/execsnoop.bpf.o', '-o', relative(root, output)];
  if (existsSync(archive)) {
    args.push('--from', relative(root, resolve(archive)));
  }
  process.stdout.write(`\n$ btf-pack ${args.join(' ')}\n`);
  return run(process.execPath, [join(root, 'packages', 'btf-pack', 'dist', 'cli.js'), ...args]);
});
