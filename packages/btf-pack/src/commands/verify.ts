import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConfig } from '../config.js';
import { CliCode, CliError, inFile, io } from '../errors.js';
import { readPrograms } from '../objects.js';
import { print } from '../print.js';
import { renderVerdict } from '../render-verdict.js';
import { verifyPack } from '../verify.js';

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
  const { programs } = await readPrograms(files, { generatePackage: false });
  const verdict = inFile(path, () => verifyPack(bytes, programs));
  if (options.json) print(JSON.stringify(verdict, undefined, 2));
  const { problems } = verdict;
  if (problems.length > 0) {
    const lines = problems.map(({ path, code, message }) => `\n  ${path}: ${code}: ${message}`);
    throw new CliError(CliCode.verifyFailed, `${path}: ${problems.length} wrong:${lines.join('')}`);
  }
  if (!options.json) print(renderVerdict(path, verdict));
}
