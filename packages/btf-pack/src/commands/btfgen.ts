import type { PackRequest } from '@bpfc/core/command';
import type { TrimPool } from '@bpfc/core/pool';
import type { Command } from 'commander';
import { readConfig } from '../config.js';
import { cacheFolder, repositories, thisSystem } from '../environment.js';
import { CliCode, CliError } from '../errors.js';
import { fetchIntoCache, requireComplete } from '../fetch-kernels.js';
import { readPrograms } from '../objects.js';
import { jobsOption } from '../options.js';
import { packKernels } from '../pack-kernels.js';
import { colored, print } from '../print.js';
import { kernelsOfCache } from '../sources.js';

interface Options {
  json?: string;
  file: string[];
  output?: string;
  jobs: number;
}

const AFTER = `
Takes the arguments of bpf-compatible's script of this name. Packs for every kernel of the cache, and fetches the
cache first when there is none. A name that ends in .tar is written as plain tar, any other gzipped.

Environment: BTFHUB_CACHE, BTFHUB_REPO, as for \`btf-pack fetch\`.

Example:
  btf-pack btfgen -j package.json -o min_core_btfs.tar.gz execsnoop.bpf.o
`;

/** @param pool - started already */
export function addBtfgen(program: Command, pool?: TrimPool): void {
  program
    .command('btfgen')
    .description("pack for every kernel of the cache, with the arguments of bpf-compatible's btfgen")
    .argument('[BPF.o...]', 'compiled CO-RE objects')
    .option('-j, --json <JSON_FILE>', "ecc's package.json, to be put in")
    .option('-f, --file <BPF.o>', 'a compiled CO-RE object; may be repeated', collect, [])
    .option('-o, --output <OUTPUT_PATH>', 'the pack (default: output.tar)')
    .addOption(jobsOption())
    .addHelpText('after', AFTER)
    .action((positional: string[], options: Options) => btfgen(positional, options, pool));
}

async function btfgen(positional: readonly string[], options: Options, pool?: TrimPool): Promise<void> {
  const { json, jobs } = options;
  const named = [...options.file, ...positional];
  const config = await readConfig(named[0] ?? json);
  const files = named.length > 0 || json !== undefined ? named : (config.objects ?? []);
  const output = options.output ?? config.output ?? 'output.tar';
  if (files.length === 0 && json === undefined) {
    throw new CliError(
      CliCode.usage,
      'no program is given: name a compiled object (BPF.o) or -j package.json',
    );
  }
  using programs = await readPrograms(files, json);
  const system = await thisSystem();
  const arch = programs.assumedArch(system.machine);
  const cache = cacheFolder();
  let found = await kernelsOfCache(arch, system);
  if (!found) {
    requireComplete(await fetchIntoCache({ cache, sources: repositories() }));
    found = await kernelsOfCache(arch, system);
  }
  if (!found)
    throw new CliError(
      CliCode.sourceEmpty,
      `no kernel's BTF in ${cache}, nor in ${repositories().join(', ')}`,
    );
  const request: PackRequest = {
    output: { path: output, container: output.endsWith('.tar') ? 'tar' : 'tar.gz', layout: 'bpf-compatible' },
    kernels: [],
    archs: [],
    strict: false,
    aliases: true,
    machine: system.machine,
    sizes: false,
    jobs,
  };
  print(await packKernels(programs, found, request, { pool }, colored ? 'colors' : 'plain'));
  found.free();
}

function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}
