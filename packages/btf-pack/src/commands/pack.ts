import { statSync } from 'node:fs';
import type { Layout } from '@bpfc/core';
import { defaultOutput, LAYOUTS, outputAt, type PackRequest, refuseInputs } from '@bpfc/core/command';
import type { TrimPool } from '@bpfc/core/pool';
import { type Command, Option } from 'commander';
import { catalogedKernels } from '../cache-kernels.js';
import { readConfig } from '../config.js';
import { thisSystem } from '../environment.js';
import { CliCode, CliError } from '../errors.js';
import { readPrograms } from '../objects.js';
import { btfCompatOption, bytesOption, jobsOption } from '../options.js';
import { packKernels } from '../pack-kernels.js';
import { colored, print } from '../print.js';
import { PROJECT_LOCK } from '../project-lock.js';
import { findKernels, modulesIn } from '../sources.js';

interface Options {
  package?: string;
  main?: string;
  from?: string[];
  kernels?: string[];
  arch?: string[];
  output?: string;
  layout?: Layout;
  aliases?: boolean;
  target?: string;
  modules?: string;
  maxSize?: number;
  sizes?: boolean;
  btfCompat?: boolean;
  includeNative?: boolean;
  lock?: boolean;
  frozen?: boolean;
  provenance?: 'short' | 'full' | 'none';
  notice?: boolean;
  jobs: number;
  strict?: boolean;
  json?: boolean;
}

const AFTER = `
A program's name ends in .o and may stand anywhere. With one program its package.json (ecc's) is generated; with
several there is none unless -j gives it or --main says which program it is for.

Kernels come from files (.btf.tar.xz, raw BTF, ELF with .BTF, /sys/kernel/btf/vmlinux) and folders in BTFHub's
layout, ID/VERSION/ARCH/RELEASE.btf.tar.xz. Without --from: the cache ($BTFHUB_CACHE, else
~/.cache/eunomia/btfhub); when there is nothing, the running kernel alone.

Where a kernel has no type of a name, its modules' types of that name are put into its BTF (--modules). They then exist
wherever the pack is used, whether the module is loaded or not.

What btf-pack.toml beside the program says (objects, from, kernels, arch, modules, output, layout) need not be said again.

Examples:
  btf-pack pack execsnoop.bpf.o --from ../btfhub-archive -o execsnoop.tar
  btf-pack pack -j package.json --kernels 'ubuntu/20.04/*' 'debian/*' -o min_core_btfs.tar.gz
`;

/** @param pool - started already */
export function addPack(program: Command, pool?: TrimPool): void {
  program
    .command('pack')
    .description('pack programs with the BTF of many kernels, trimmed to what they need')
    .argument('[PROG.bpf.o...]', 'compiled CO-RE objects')
    .option(
      '-j, --package <package.json>',
      "ecc's package.json: its object is packed for, and it is put in as it is",
    )
    .option('--main <PROG.bpf.o>', 'of several programs the one whose package.json is put in')
    .option('--from <DIR|FILE...>', "where the kernels' BTFs are (default: the cache)")
    .option('--kernels <GLOB...>', 'only these, by ID/VERSION/ARCH/RELEASE; * crosses /, + is literal')
    .option(
      '--modules <DIR>',
      "the kernels' module BTFs, DIR/ID/VERSION/ARCH/RELEASE/MODULE.btf: for types that the kernel lacks",
    )
    .option('--arch <A...>', 'only these architectures (default: what the programs prove)')
    .option(
      '-o, --output <OUT>',
      'OUT.tar, OUT.tar.gz, OUT.o to link, OUT.h to include, or a folder DIR/ (default: PROG.tar)',
    )
    .addOption(new Option('--layout <READER>', 'for whom (default: bpf-compatible)').choices(LAYOUTS))
    .option('--no-aliases', 'leave out the names by which readers that join os-release naively look')
    .option('--target <MACHINE>', 'the machine that OUT.o is linked for (default: this one)')
    .addOption(bytesOption('--max-size', 'fail where the output is larger; write nothing'))
    .addOption(btfCompatOption())
    .option('--sizes', 'tell which kernels and types cost the bytes')
    .option('--include-native', 'of the cache: pack the kernels that carry their own BTF too')
    .addOption(
      new Option(
        '--provenance <FORM>',
        'what the pack says of where the kernels of the cache come from (default: short)',
      ).choices(['short', 'full', 'none']),
    )
    .option('--notice', 'write OUT.NOTICE: what whoever passes the pack on has to say of the sources')
    .option('--lock', `write ${PROJECT_LOCK}: source and hash of every kernel`)
    .option('--frozen', `pack the kernels of ${PROJECT_LOCK}, just as they are pinned, and no others`)
    .addOption(jobsOption())
    .option('--strict', 'fail on a broken entry and where a program would not load; write nothing')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', AFTER)
    .action((programs: string[], options: Options) => pack(programs, options, pool));
}

async function pack(positional: readonly string[], flags: Options, pool?: TrimPool): Promise<void> {
  const sorted = sortArguments(positional, flags);
  const config = await readConfig(sorted.files[0] ?? flags.package);
  const options = { ...config, ...flags };
  const { from = [], kernels = [], arch = [] } = { ...config, ...sorted.given };
  // A package.json has its object inside.
  const named = sorted.files.length > 0 || flags.package !== undefined;
  const files = named ? sorted.files : (config.objects ?? []);
  if (files.length === 0 && options.package === undefined) {
    throw new CliError(
      CliCode.usage,
      'no program is given: name a compiled object (PROG.bpf.o) or -j package.json',
    );
  }
  if (options.package !== undefined && options.main !== undefined) {
    throw new CliError(
      CliCode.usage,
      '-j and --main both say which package.json to put in; give one of them',
    );
  }
  const { layout = 'bpf-compatible', main } = options;
  const system = await thisSystem();
  const path = options.output ?? defaultOutput(main ?? files[0] ?? 'package.json', layout);
  const output = outputAt(path, isFolder(path), layout);
  refuseInputs(output, [...files, ...(options.package === undefined ? [] : [options.package])], system);
  if (options.target !== undefined && output.container !== 'object') {
    throw new CliError(CliCode.usage, '--target says for which machine OUT.o is; give -o OUT.o with it');
  }
  using programs = await readPrograms(files, options.package);
  // Only bpf-compatible and its clients take the program out of the pack.
  if (layout === 'bpf-compatible' || main !== undefined) programs.generatePackage(main, system.current);
  const assumed = programs.assumedArch(system.machine);
  const { lock = false, notice = false, provenance, includeNative, frozen } = options;
  if (from.length > 0) refuseCacheOptions({ lock, notice, provenance, includeNative, frozen });
  const cataloged =
    from.length > 0 ? undefined : await catalogedKernels({ includeNative, frozen }, assumed, system);
  using found = cataloged?.found ?? (await findKernels(from, assumed, system));
  const records = cataloged && { kernels: cataloged, provenance: provenance ?? 'short', notice, lock };
  const modules = options.modules === undefined ? undefined : await modulesIn(options.modules);
  const { jobs, strict = false, json = false, sizes = json, maxSize, aliases = true } = options;
  const { target: machine = system.machine, btfCompat: compat } = options;
  const request: PackRequest = {
    output,
    kernels,
    archs: arch,
    strict,
    aliases,
    machine,
    maxSize,
    sizes,
    jobs,
  };
  const form = json ? 'json' : colored ? 'colors' : 'plain';
  print(await packKernels(programs, found, request, { modules, compat, records, pool }, form));
}

/** These are about what the catalog says; what is named by --from is packed as it is. */
function refuseCacheOptions(given: Record<string, unknown>): void {
  const [name] = Object.entries(given).find(([, value]) => value) ?? [];
  if (name === undefined) return;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CliError(CliCode.usage, `--${flag} is about kernels of the cache; leave out --from`);
}

/** An option that takes several values also takes the programs after it, where a shell user puts them. */
function sortArguments(positional: readonly string[], { from, kernels, arch }: Options) {
  const isProgram = (value: string) => value.endsWith('.o');
  const lists = { from, kernels, arch };
  const files = [...positional];
  const given: { [K in keyof typeof lists]?: string[] } = {};
  for (const key of ['from', 'kernels', 'arch'] as const) {
    const values = lists[key] ?? [];
    files.push(...values.filter(isProgram));
    const rest = values.filter((value) => !isProgram(value));
    if (rest.length > 0) given[key] = rest;
  }
  return { files, given };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
