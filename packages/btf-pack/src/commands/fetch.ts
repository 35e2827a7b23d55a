import type { Command } from 'commander';
import { fillCache } from '../cache.js';
import { cacheFolder, repositories } from '../environment.js';
import { say } from '../print.js';

const AFTER = `
Clones each repository, or brings it up to date, with the system's git. A clone that is stopped leaves nothing;
trimming never changes what is in the cache.

Environment:
  BTFHUB_CACHE  the cache (default: ~/.cache/eunomia/btfhub)
  BTFHUB_REPO   repositories in BTFHub's layout, separated by commas, of which the first that has a kernel counts
                (default: https://github.com/aquasecurity/btfhub-archive)

Example:
  BTFHUB_REPO=https://github.com/eunomia-bpf/btfhub-archive btf-pack fetch
`;

export function addFetch(program: Command): void {
  program
    .command('fetch')
    .description("fetch the archive of kernels' BTFs into the cache")
    .addHelpText('after', AFTER)
    .action(() => fillCache(cacheFolder(), repositories(), say));
}
