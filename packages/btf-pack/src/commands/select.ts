import { readFile, stat } from 'node:fs/promises';
import { openPack, type Pack } from '@bpfc/core';
import { fleetText, selectionText } from '@bpfc/core/command';
import type { Command } from 'commander';
import { RUNNING_KERNEL, thisSystem } from '../environment.js';
import { CliCode, CliError, inFile, io } from '../errors.js';
import { colored, print, printJson } from '../print.js';

interface Options {
  osRelease?: string;
  machine?: string;
  release?: string;
  nearest?: boolean;
  fleet?: string;
  strict?: boolean;
  json?: boolean;
}

const AFTER = `
The rule, in order: the exact name; the version by its other names (major version, codename, the archive's directory);
a distribution of ID_LIKE; the release alone, on the same machine; with --nearest, the nearest release of the same
distribution, flavor and series. A kernel with BTF of its own needs no pack.

Exit status 1 with PACK_NO_MATCH when the machine gets none.

Examples:
  btf-pack select execsnoop.tar
  btf-pack select execsnoop.tar --os-release centos8/etc/os-release --machine x86_64 --release 4.18.0-193.el8.x86_64
  btf-pack select execsnoop.tar --fleet machines.txt --strict
`;

export function addSelect(program: Command): void {
  program
    .command('select')
    .description('tell which BTF of a pack a machine gets, and why')
    .argument('<PACK>', 'a pack: .tar or .tar.gz')
    .option('--os-release <FILE>', "the machine's os-release (default: this one's)")
    .option('--machine <M>', 'what `uname -m` prints there')
    .option('--release <R>', 'what `uname -r` prints there')
    .option('--nearest', 'take the nearest release where there is no other')
    .option('--fleet <FILE>', 'a list of machines, one line `ID VERSION_ID machine release` for each')
    .option('--strict', 'with --fleet: fail where a machine is not served')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', AFTER)
    .action(select);
}

async function select(path: string, options: Options): Promise<void> {
  const one = [options.osRelease, options.machine, options.release].some((part) => part !== undefined);
  if (options.fleet !== undefined && one) {
    throw new CliError(
      CliCode.usage,
      '--fleet is a list of machines, and the other options are one; give either',
    );
  }
  if (options.strict && options.fleet === undefined) {
    throw new CliError(
      CliCode.usage,
      '--strict says what to do with a list of machines; give --fleet with it',
    );
  }
  const bytes = await io(CliCode.read, path, () => readFile(path));
  using pack = inFile(path, () => openPack(bytes));
  await (options.fleet === undefined
    ? selectMachine(pack, options, one)
    : selectFleet(pack, options.fleet, options));
}

/** @param other - a machine is described; else it is this one */
async function selectMachine(pack: Pack, options: Options, other: boolean): Promise<void> {
  const here = await thisSystem();
  const { osRelease: file, machine = here.machine, release = here.release, nearest = false } = options;
  const native = !other && (await stat(RUNNING_KERNEL).catch(() => undefined)) !== undefined;
  const osRelease =
    file === undefined ? here.osRelease : await io(CliCode.read, file, () => readFile(file, 'utf8'));
  const system = { osRelease, machine, release };
  const selection = pack.select(system, { nearest });
  if (options.json) {
    printJson({ ...selection, native: native ? RUNNING_KERNEL : null });
  } else {
    if (native) print(`this kernel has BTF of its own, ${RUNNING_KERNEL}, which goes first\n`);
    print(selectionText(pack, system, nearest, colored));
  }
  if (!native && selection.entry === null) pack.requireSelected(system, { nearest });
}

async function selectFleet(
  pack: Pack,
  file: string,
  { nearest = false, strict, json }: Options,
): Promise<void> {
  const list = await io(CliCode.read, file, () => readFile(file, 'utf8'));
  const fleet = inFile(file, () => pack.fleet(list, { nearest }));
  if (json) printJson(fleet);
  else print(fleetText(pack, list, nearest, colored));
  const all = fleet.machines.length;
  const unserved = all - fleet.served;
  if (strict && unserved > 0) {
    throw new CliError(CliCode.fleetUnserved, `--strict: ${unserved} of ${all} machines are not served`);
  }
}
