import { BpfcError } from '@bpfc/core';
import { Argument, type Command } from 'commander';
import { cacheFolder } from '../environment.js';
import { CliCode, CliError } from '../errors.js';
import { bytesText, plural, print, printJson } from '../print.js';

interface Options {
  kernels?: string[];
  json?: boolean;
}

const ACTIONS = ['size', 'prune', 'verify'] as const;
type Action = (typeof ACTIONS)[number];

const AFTER = `
  size    how many kernels and bytes there are (the default)
  prune   remove the kernels that their source has no more, and those of --kernels; whole clones that former versions made too
  verify  hold every kernel against the catalog; what is damaged is removed, and the next fetch brings it again

Example:
  btf-pack cache prune --kernels 'ubuntu/16.04/*'
`;

export function addCache(program: Command): void {
  program
    .command('cache')
    .description('look after the cache')
    .addArgument(new Argument('[ACTION]', 'what to do').choices(ACTIONS).default('size'))
    .option('--kernels <GLOB...>', 'prune: remove these too, by ID/VERSION/ARCH/RELEASE')
    .option('--json', 'print what was found or done as JSON')
    .addHelpText('after', AFTER)
    .action(cache);
}

async function cache(action: Action, { kernels, json }: Options): Promise<void> {
  if (kernels !== undefined && action !== 'prune') {
    throw new CliError(CliCode.usage, '--kernels says what to prune; give it with `cache prune`');
  }
  const folder = cacheFolder();
  const tell = (value: object, text: string) => (json ? printJson({ cache: folder, ...value }) : print(text));
  const hub = await import('@bpfc/hub');
  if (action === 'size') {
    const size = await hub.cacheSize(folder);
    const gone = size.gone > 0 ? `; ${size.gone} gone at their source` : '';
    const unknown = size.unknown > 0 ? `; ${size.unknown} that the catalog does not know` : '';
    tell(size, `${folder}: ${plural(size.kernels, 'kernel')}, ${bytesText(size.bytes)}${gone}${unknown}`);
  } else if (action === 'prune') {
    const pruned = await hub.pruneCache(folder, kernels);
    const clones = pruned.clones ? ', and whole clones' : '';
    tell(pruned, `removed ${plural(pruned.kernels.length, 'kernel')}, ${bytesText(pruned.bytes)}${clones}`);
  } else {
    const verified = await hub.verifyCache(folder);
    const { right, entered, damaged } = verified;
    tell(
      verified,
      [
        `${plural(right + entered.length, 'kernel')} right, ${entered.length} of them new in the catalog; ${damaged.length} damaged`,
        ...damaged.map(
          ({ path, message, removed }) =>
            `damaged  ${path}: ${message}${removed ? '; removed, the next fetch brings it again' : ''}`,
        ),
      ].join('\n'),
    );
    if (damaged.length > 0) {
      throw new BpfcError(
        hub.HubCode.damaged,
        `${plural(damaged.length, 'kernel')} of the cache are damaged`,
      );
    }
  }
}
