import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { cacheFolder } from '../environment.js';
import { CliCode, CliError } from '../errors.js';
import { assumedArch, programName, readPrograms, targetOf } from '../objects.js';
import { jobsOption } from '../options.js';
import { type Output, packKernels } from '../pack-kernels.js';
import { colors, print } from '../print.js';
import { renderSummary } from '../render.js';
import { select } from '../select.js';
import { kernelsFrom, kernelsOfCache, runningKernel, type Sources } from '../sources.js';

interface Options {
  package?: string;
  main?: string;
  from?: string[];
  kernels?: string[];
  arch?: string[];
  output?: string;
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

Examples:
  btf-pack pack execsnoop.bpf.o --from ../btfhub-archive -o execsnoop.tar
  btf-pack pack -j package.json --kernels 'ubuntu/20.04/*' 'debian/*' -o min_core_btfs.tar.gz
`;

export function addPack(program: Command): void {
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
    .option('--arch <A...>', 'only these architectures (default: what the programs prove)')
    .option('-o, --output <OUT>', 'OUT.tar, OUT.tar.gz, or a folder DIR/ (default: PROG.tar)')
    .addOption(jobsOption())
    .option('--strict', 'fail on a broken entry and where a program would not load; write nothing')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', AFTER)
    .action((programs: string[], options: Options) => pack(programs, options));
}

async function pack(positional: readonly string[], options: Options): Promise<void> {
  const { files, from, kernels, arch } = sortArguments(positional, options);
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
  const output = outputOf(options.output ?? `${programName(options.main ?? files[0] ?? 'package.json')}.tar`);
  const programs = await readPrograms(files, { json: options.package, main: options.main });
  const target = targetOf(programs.programs);
  const sources = await findKernels(from, assumedArch(target));
  const selection = select(sources, target, { globs: kernels, archs: arch });
  const { jobs, strict = false } = options;
  const summary = await packKernels({ programs, target, sources, selection, output, jobs, strict });
  print(options.json ? JSON.stringify(summary, undefined, 2) : renderSummary(summary, colors));
}

/** An option that takes several values also takes the programs after it, where a shell user puts them. */
function sortArguments(positional: readonly string[], { from = [], kernels = [], arch = [] }: Options) {
  const isProgram = (value: string) => value.endsWith('.o');
  const rest = (values: readonly string[]) => values.filter((value) => !isProgram(value));
  return {
    files: [...positional, ...[...from, ...kernels, ...arch].filter(isProgram)],
    from: rest(from),
    kernels: rest(kernels),
    arch: rest(arch),
  };
}

async function findKernels(from: readonly string[], arch: string): Promise<Sources> {
  if (from.length > 0) return kernelsFrom(from, arch);
  return (
    (await kernelsOfCache(arch)) ??
    runningKernel(`nothing in ${cacheFolder()}, which \`btf-pack fetch\` fills`)
  );
}

/** The form of the output, by its name. */
export function outputOf(path: string): Output {
  if (path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    return { path, container: 'folder' };
  }
  if (path.endsWith('.tar')) return { path, container: 'tar' };
  if (/\.(tar\.gz|tgz)$/.test(path)) return { path, container: 'tar.gz' };
  throw new CliError(
    CliCode.usage,
    `-o ${path}: the name says the form: .tar, .tar.gz, or a folder with / at the end`,
  );
}
