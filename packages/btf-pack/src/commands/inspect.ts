import { readFile } from 'node:fs/promises';
import {
  Against,
  type BpfObject,
  type Inspection,
  inspect as inspectBytes,
  openPack,
  parseObject,
  type RelocationsOverKernels,
} from '@bpfc/core';
import { againstText, inspectionText, kernelsNamed, type Listing } from '@bpfc/core/command';
import type { Command } from 'commander';
import { thisSystem } from '../environment.js';
import { CliCode, CliError, inFile, io } from '../errors.js';
import { colored, print, printJson } from '../print.js';
import { list } from '../sources.js';

const AFTER = `
Of a pack: its program, and which kernels share one trimmed BTF. Of an object: programs, maps, relocations with their
source lines, and what no pack serves. --against adds each relocation's outcome on those kernels, and what the kernel
has instead where one is missing: ok and changed are answered, guarded means that the program asks first, poison that
the verifier refuses the instruction where it can be reached, error that libbpf refuses the object.

Examples:
  btf-pack inspect execsnoop.tar
  btf-pack inspect execsnoop.bpf.o --against ../btfhub-archive/centos
`;

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('tell what a pack, a BTF or an object is, and what is in it')
    .argument('<FILE>', 'a pack, a BTF in any form, or a compiled object')
    .option(
      '--against <DIR|FILE...>',
      'kernels to relocate the program against: what becomes of each relocation there (put FILE first)',
    )
    .option('--json', 'print everything as JSON')
    .addHelpText('after', AFTER)
    .action(inspect);
}

async function inspect(file: string, options: { against?: string[]; json?: boolean }): Promise<void> {
  const bytes = await io(CliCode.read, file, () => readFile(file));
  const told = inFile(file, () => inspectBytes(bytes));
  if (options.against === undefined) {
    if (options.json) printJson(told);
    else print(inspectionText(file, told, colored));
    return;
  }
  using object = inFile(file, () => objectOf(bytes, told));
  const against = await relocate(object, options.against);
  if (options.json) printJson({ ...told, against });
  else print(againstText(against, colored));
}

/** The object that the file is, or that the pack carries. */
function objectOf(bytes: Uint8Array, told: Inspection): BpfObject {
  if (told.is === 'object') return parseObject(bytes);
  if (told.is === 'btf') {
    throw new CliError(CliCode.usage, '--against is for objects and packs; a BTF has no relocations');
  }
  using pack = openPack(bytes);
  const program = pack.program();
  if (!program) throw new CliError(CliCode.usage, '--against: the pack has no program inside');
  return parseObject(program);
}

async function relocate(object: BpfObject, from: readonly string[]): Promise<RelocationsOverKernels> {
  const system = await thisSystem();
  const listings: Listing[] = [];
  for (const path of from) listings.push(await list(path));
  using against = new Against(object);
  for (const [name, file] of kernelsNamed(listings, object.info().arch ?? system.machine, system)) {
    against.add(name, await io(CliCode.read, file, () => readFile(file)));
  }
  return against.result();
}
