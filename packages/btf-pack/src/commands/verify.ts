import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConfig } from '../config.js';
import { CliCode, CliError, io } from '../errors.js';
import { readPrograms } from '../objects.js';
import { print } from '../print.js';

const AFTER = `
Every entry has to lie where the layout's reader looks, to parse, and, trimmed once more for the program inside and
those named, to stay as it is. Several programs that a pack was made for have to be named together.

Example:
  btf-pack verify execsnoop.tar
`;

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('check every entry of a pack')
    .argument('[PACK]', 'a pack: .tar or .tar.gz (default: output of btf-pack.toml)')
    .argument('[PROG.bpf.o...]', 'programs it was made for, beside the one inside')
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', AFTER)
    .action(verify);
}

async function verify(
  named: string | undefined,
  programFiles: readonly string[],
  options: { json?: boolean },
): Promise<void> {
  const config = await readConfig(programFiles[0]);
  const path = named ?? config.output;
  if (path === undefined) throw new CliError(CliCode.usage, 'no pack is given: name a .tar or .tar.gz');
  const files = programFiles.length > 0 ? programFiles : (config.objects ?? []);
  const bytes = await io(CliCode.read, path, () => readFile(path));
  using programs = await readPrograms(files);
  using verdict = programs.verify(path, bytes);
  if (options.json) print(verdict.json());
  const text = verdict.text();
  if (!options.json) print(text);
}
