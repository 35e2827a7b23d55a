// The kernels of the cache, as `pack` takes them: with where they come from.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Found, type System } from '@bpfc/core/command';
import type { Cache, Provenance } from '@bpfc/hub/cache';
import manifest from '../package.json' with { type: 'json' };
import { cacheFolder } from './environment.js';
import { CliCode, CliError } from './errors.js';
import { plural, say } from './print.js';
import { PROJECT_LOCK, readProjectLock, writeProjectLock } from './project-lock.js';
import { list } from './sources.js';

export interface CacheChoice {
  /** Take kernels that carry their own BTF too. */
  includeNative?: boolean | undefined;
  /** Take just the kernels of the project's lock, as they are pinned. */
  frozen?: boolean | undefined;
}

/** The kernels of a cache with a catalog. */
export interface CatalogedKernels {
  found: Found;
  /** What is to be said of those of these files that are packed. */
  provenance(files: readonly string[], programs: readonly string[]): Promise<Provenance>;
  /** Pins those of these files that are packed. */
  pin(files: readonly string[]): Promise<void>;
}

/**
 * The kernels in the cache, or undefined when there are none, or no catalog of them.
 *
 * @throws BpfcError `LOCK_FROZEN`: a kernel is not as it is pinned; `CATALOG_INVALID`; CliError `SOURCE_EMPTY`: none is wanted
 */
export async function catalogedKernels(
  { includeNative, frozen }: CacheChoice,
  arch: string,
  system: System,
): Promise<CatalogedKernels | undefined> {
  const folder = cacheFolder();
  if (!frozen && !existsSync(join(folder, 'catalog.json'))) return undefined;
  const hub = await import('@bpfc/hub/cache');
  const cache = await hub.Cache.open(folder);
  const lock = frozen ? await readProjectLock() : undefined;
  if (lock) await hub.requireLocked(cache, lock);
  const listing = await list(folder);
  const pinned = listing.files.filter(({ file }) => lock === undefined || lock.has(cache.pathOf(file) ?? ''));
  const files = includeNative ? pinned : pinned.filter(({ file }) => !isNative(cache, file));
  if (files.length < pinned.length) {
    const count = plural(pinned.length - files.length, 'kernel');
    say(`left out ${count} with native BTF; --include-native packs such too`);
  }
  const found = Found.inCache({ ...listing, files }, arch, system);
  if (found === undefined) {
    if (files.length === listing.files.length) return undefined;
    throw new CliError(CliCode.sourceEmpty, `${folder}: no kernel is left`);
  }
  return {
    found,
    provenance: async (files, programs) =>
      hub.provenanceOf(await hub.originsOf(cache, files), `btf-pack ${manifest.version}`, programs),
    pin: async (files) => {
      const origins = await hub.originsOf(cache, files);
      await writeProjectLock(hub.lockOf(origins));
      say(`${PROJECT_LOCK}: ${plural(origins.size, 'kernel')}`);
    },
  };
}

function isNative(cache: Cache, file: string): boolean {
  return cache.catalog.files.get(cache.pathOf(file) ?? '')?.native === true;
}
