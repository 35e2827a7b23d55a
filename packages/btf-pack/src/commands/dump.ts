import { readFile } from 'node:fs/promises';
import { BpfcError, type DumpFormat, parseBtf } from '@bpfc/core';
import { type Command, Option } from 'commander';
import { CliCode, CliError, inFile, io } from '../errors.js';
import { print } from '../print.js';

const AFTER = `
Every struct keeps its size and its members' places; of several types of one name those behind the first are NAME___2,
NAME___3, as bpftool names them. The whole of a kernel is a drop-in vmlinux.h.

Examples:
  btf-pack dump /sys/kernel/btf/vmlinux > vmlinux.h
  btf-pack dump 5.4.0-26-generic.btf.tar.xz 'struct task_struct'
`;

const FORMATS: readonly DumpFormat[] = ['c', 'raw', 'json'];

export function addDump(program: Command): void {
  program
    .command('dump')
    .description('write the types of a BTF as C, as bpftool lists them, or as JSON')
    .argument('<FILE>', 'a BTF in any form that `pack` reads')
    .argument(
      '[TYPE...]',
      'only these types, as C with what they need: `task_struct`, `struct task_struct` (default: all)',
    )
    .addOption(
      new Option('--format <FORMAT>', 'as a header that compiles, as bpftool lists types, or as JSON')
        .choices(FORMATS)
        .default('c'),
    )
    .option('--base <FILE>', "the kernel's BTF, where FILE is a module's")
    .addHelpText('after', AFTER)
    .action(dump);
}

async function dump(
  file: string,
  types: readonly string[],
  { format, base }: { format: DumpFormat; base?: string },
): Promise<void> {
  const kernel = base === undefined ? undefined : await io(CliCode.read, base, () => readFile(base));
  const bytes = await io(CliCode.read, file, () => readFile(file));
  if (base !== undefined && isWhole(bytes)) {
    throw new CliError(
      CliCode.usage,
      `--base: ${file} has all its types, and is no module's; leave --base out`,
    );
  }
  using parsed = kernel && inFile(base ?? '', () => parseBtf(kernel));
  using btf = inFile(file, () => parseBtf(bytes, { base: parsed }));
  print(inFile(file, () => btf.dump(format, types)));
}

/** Types over a base do not parse alone. */
function isWhole(bytes: Uint8Array): boolean {
  try {
    parseBtf(bytes).free();
    return true;
  } catch (error) {
    if (error instanceof BpfcError) return false;
    throw error;
  }
}
