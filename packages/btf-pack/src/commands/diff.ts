import { readFile } from 'node:fs/promises';
import { type Btf, diff as compare, parseBtf } from '@bpfc/core';
import { diffText } from '@bpfc/core/command';
import type { Command } from 'commander';
import { CliCode, inFile, io } from '../errors.js';
import { colored, print, printJson } from '../print.js';

const AFTER = `
Structs, unions, enums, typedefs and functions by name: members added (+), removed (-), moved and retyped (~).
Anonymous types are compared in the types that have them; constants of an enum that no type has are left out.

Example:
  btf-pack diff 5.4.0-26-generic.btf.tar.xz /sys/kernel/btf/vmlinux 'struct task_struct'
`;

export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('tell what differs between the types of two kernels')
    .argument('<A>', 'the old BTF, in any form that `pack` reads')
    .argument('<B>', 'the new BTF')
    .argument('[TYPE...]', 'only these types: `task_struct`, `struct task_struct` (default: all)')
    .option('--json', 'print the differences as JSON')
    .addHelpText('after', AFTER)
    .action(diff);
}

async function diff(
  oldFile: string,
  newFile: string,
  types: readonly string[],
  options: { json?: boolean },
): Promise<void> {
  const oldBytes = await io(CliCode.read, oldFile, () => readFile(oldFile));
  const newBytes = await io(CliCode.read, newFile, () => readFile(newFile));
  using old: Btf = inFile(oldFile, () => parseBtf(oldBytes));
  using current: Btf = inFile(newFile, () => parseBtf(newBytes));
  const files = { old: oldFile, new: newFile };
  if (options.json) printJson(compare(old, current, types, files));
  else print(diffText(old, current, types, colored, files));
}
