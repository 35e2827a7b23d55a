import type { Command } from 'commander';
import { bytesText, plural, print } from '../print.js';

const AFTER = `
With it a copy of the folder on any web server is a mirror: \`btf-pack fetch --source https://...\` knows every file's size and
hash then, and the second names of folders, which are links here.

Example:
  btf-pack index /srv/www/btfhub-archive
`;

export function addIndex(program: Command): void {
  program
    .command('index')
    .description("write the index.json that makes a folder of kernels' BTFs a mirror")
    .argument('<DIR>', "a folder in BTFHub's layout")
    .addHelpText('after', AFTER)
    .action(async (folder: string) => {
      const { writeIndex } = await import('@bpfc/hub');
      const { kernels, bytes } = await writeIndex(folder);
      print(`${folder}/index.json: ${plural(kernels, 'kernel')}, ${bytesText(bytes)}`);
    });
}
