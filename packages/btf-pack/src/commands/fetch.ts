import type { Command } from 'commander';
import { cacheFolder, repositories } from '../environment.js';
import { CliCode, CliError } from '../errors.js';
import { fetchIntoCache, fetchText, requireComplete } from '../fetch-kernels.js';
import { jobsOfFetch } from '../options.js';
import { print, printJson } from '../print.js';
import { kernelName, PROJECT_LOCK, readProjectLock, writeProjectLock } from '../project-lock.js';

interface Options {
  kernels?: string[];
  arch?: string[];
  source?: string[];
  jobs?: number;
  update?: boolean;
  dryRun?: boolean;
  lock?: boolean;
  frozen?: boolean;
  json?: boolean;
}

const AFTER = `
A source is a folder in BTFHub's layout; a repository on GitHub, as owner/name or by its URL; any URL of git; or a web server
with the archive's tree, with or without an index.json. Of several the first that has a kernel counts.

Every file is verified before it is in the cache. A run that was stopped has lost the files in flight; run it again.

Environment:
  BTFHUB_CACHE  the cache (default: ~/.cache/eunomia/btfhub)
  BTFHUB_REPO   sources, separated by commas, where --source names none
                (default: https://github.com/aquasecurity/btfhub-archive)
  GITHUB_TOKEN  raises GitHub's limits
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY

Examples:
  btf-pack fetch --kernels 'ubuntu/20.04/*' 'debian/*' --arch x86_64
  btf-pack fetch --source https://mirror.example.org/btfhub-archive --dry-run
`;

export function addFetch(program: Command): void {
  program
    .command('fetch')
    .description("fetch kernels' BTFs into the cache: what is wanted and not there yet")
    .option('--kernels <GLOB...>', 'only these, by ID/VERSION/ARCH/RELEASE; * crosses /, + is literal')
    .option('--arch <A...>', 'only these architectures')
    .option('--source <S...>', 'where from (default: $BTFHUB_REPO)')
    .addOption(jobsOfFetch())
    .option('--update', 'fetch again what has changed at its source')
    .option('--dry-run', 'only tell what would be fetched')
    .option('--lock', `write ${PROJECT_LOCK}: source and hash of every kernel that was asked for`)
    .option('--frozen', `fetch the kernels of ${PROJECT_LOCK}, and fail where one is not as it is pinned`)
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', AFTER)
    .action(fetch);
}

async function fetch(options: Options): Promise<void> {
  const { arch: archs, source: sources = repositories(), jobs, update, dryRun = false } = options;
  if (options.frozen && (options.kernels ?? archs ?? options.lock ?? options.update) !== undefined) {
    throw new CliError(CliCode.usage, '--frozen fetches what is pinned; give no other choice with it');
  }
  const pinned = options.frozen ? await readProjectLock() : undefined;
  const kernels = pinned ? [...pinned.keys()].map(kernelName) : options.kernels;
  const cache = cacheFolder();
  const summary = await fetchIntoCache({ cache, sources, kernels, archs, jobs, update, dryRun });
  if (options.json) printJson(summary);
  else print(fetchText(summary, dryRun));
  requireComplete(summary);
  if (dryRun) return;
  const hub = await import('@bpfc/hub');
  const filled = await hub.Cache.open(cache);
  if (pinned) await hub.requireLocked(filled, pinned);
  if (options.lock) {
    const asked = [...filled.catalog.files.keys()].filter((path) =>
      hub.isWanted(path, { kernels, archs }, filled.catalog.aliases),
    );
    const origins = await hub.originsOf(
      filled,
      asked.map((path) => filled.file(path)),
    );
    await writeProjectLock(hub.lockOf(origins));
  }
}
