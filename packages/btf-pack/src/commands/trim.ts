import { readFile } from 'node:fs/promises';
import { trim } from '@bpfc/core';
import type { Command } from 'commander';
import { readConfig } from '../config.js';
import { CliCode, CliError, inFile, io } from '../errors.js';
import { readPrograms } from '../objects.js';
import { btfCompatOption } from '../options.js';
import { beginFile } from '../output.js';
import { say } from '../print.js';

const AFTER = `
Takes the arguments of \`bpftool gen min_core_btf\` and, like it, prints nothing. KERNEL may be any form that
\`pack\` reads. Where libbpf would refuse a program on this kernel, that is said on stderr, and OUT is written: the
program fails with it as it does with the full BTF. So is what --btf-compat loses.

Example:
  btf-pack trim /sys/kernel/btf/vmlinux min.btf execsnoop.bpf.o
`;

export function addTrim(program: Command): void {
  program
    .command('trim')
    .description("trim one kernel's BTF, a drop-in for `bpftool gen min_core_btf`")
    .argument('<KERNEL>', "the kernel's BTF")
    .argument('<OUT>', 'the trimmed BTF')
    .argument('[PROG.bpf.o...]', 'compiled CO-RE objects (default: objects of btf-pack.toml)')
    .addOption(btfCompatOption())
    .addHelpText('after', AFTER)
    .action(trimOne);
}

async function trimOne(
  kernel: string,
  out: string,
  named: readonly string[],
  { btfCompat }: { btfCompat?: boolean },
): Promise<void> {
  const { objects = [] } = await readConfig(named[0]);
  const files = named.length > 0 ? named : objects;
  if (files.length === 0) {
    throw new CliError(CliCode.usage, 'no program is given: name a compiled object (PROG.bpf.o)');
  }
  using programs = await readPrograms(files);
  const bytes = await io(CliCode.read, kernel, () => readFile(kernel));
  const { btf, report } = inFile(kernel, () =>
    trim({ objects: programs.objects(), kernel: bytes, compat: btfCompat }),
  );
  const output = await beginFile(out);
  try {
    await output.commit(btf);
  } finally {
    await output.discard();
  }
  for (const warning of programs.warnings(report)) say(`warning: ${warning}`);
}
