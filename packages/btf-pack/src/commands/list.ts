import type { CatalogFile } from '@bpfc/core';
import type { Command } from 'commander';
import { cacheFolder } from '../environment.js';
import { bytesText, print, printJson, say } from '../print.js';
import { kernelName } from '../project-lock.js';

interface Options {
  source?: string[];
  json?: boolean;
}

/** One kernel, as `list --json` prints it. */
interface ListedKernel extends Partial<CatalogFile> {
  /** `ID/VERSION/ARCH/RELEASE` */
  kernel: string;
  cached: boolean;
}

const AFTER = `
Native: whether the kernel carries this BTF itself. It is known of kernels that \`btf-pack add\` took from their image.

Examples:
  btf-pack list 'debian/*'
  btf-pack list --source aquasecurity/btfhub-archive --json
`;

export function addList(program: Command): void {
  program
    .command('list')
    .description('list the kernels in the cache, and those that sources have')
    .argument('[GLOB]', 'only these, by ID/VERSION/ARCH/RELEASE')
    .option('--source <S...>', 'list what these have too')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', AFTER)
    .action(list);
}

async function list(glob: string | undefined, { source: sources = [], json }: Options): Promise<void> {
  const { Cache, isWanted, listSources } = await import('@bpfc/hub');
  const cache = await Cache.open(cacheFolder());
  const kernels = new Map<string, ListedKernel>();
  for (const [path, size] of await cache.sizes()) {
    kernels.set(path, { kernel: kernelName(path), cached: true, size, ...cache.catalog.files.get(path) });
  }
  for (const { source, listing } of await listSources(sources, { onNote: say })) {
    for (const { path, size } of listing.files.values()) {
      if (kernels.has(path)) continue;
      kernels.set(path, {
        kernel: kernelName(path),
        cached: false,
        source,
        ...(size === undefined ? {} : { size }),
      });
    }
  }
  const kernelGlobs = glob === undefined ? [] : [glob];
  const listed = [...kernels]
    .filter(([path]) => isWanted(path, { kernels: kernelGlobs }, cache.catalog.aliases))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, kernel]) => kernel);
  if (json) printJson({ kernels: listed, aliases: Object.fromEntries(cache.catalog.aliases) });
  else print(table(listed));
}

function table(kernels: readonly ListedKernel[]): string {
  const rows = kernels.map(({ kernel, size, date, native, cached, gone, source = 'unknown' }) => [
    kernel,
    size === undefined ? 'unknown' : bytesText(size),
    date?.slice(0, 10) ?? '-',
    native ? 'yes' : 'unknown',
    cached ? `cache${gone ? ', gone at its source' : ''}` : source,
  ]);
  const all = [['kernel', 'size', 'fetched', 'native', 'where'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map(([kernel = '', size = '', ...rest]) =>
    [
      kernel.padEnd(widths[0] ?? 0),
      size.padStart(widths[1] ?? 0),
      ...rest.map((cell, index) => cell.padEnd(widths[index + 2] ?? 0)),
    ].join('  '),
  );
  return lines.join('\n');
}
