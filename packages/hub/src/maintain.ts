// Looking after a cache, and making a folder a mirror.
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type IndexFile, indexText } from '@bpfc/core';
import { BpfcError, systemCode } from '@bpfc/core/base';
import { Cache, OWN, WritableCache } from './cache.js';
import { INDEX } from './directory.js';
import { HubCode, io } from './error.js';
import { isWanted } from './plan.js';
import { archiveFiles } from './tree.js';
import { digestsOf, requireRight } from './verify.js';

/** Below the cache: whole clones, as they were kept before there was a catalog; the kernels are hard links into them. */
const OLD_CLONES = 'btfhub-archive-repos';

/** How large a cache is. */
export interface CacheSize {
  kernels: number;
  /** Bytes of these. */
  bytes: number;
  /** Kernels that their source has no more. */
  gone: number;
  /** Kernels that the catalog does not know. */
  unknown: number;
}

/** What was removed from a cache. */
export interface Pruned {
  kernels: string[];
  /** Bytes of these. */
  bytes: number;
  /** Were there whole clones of former versions? */
  clones: boolean;
}

/** What was found in a cache. */
export interface Verified {
  /** Kernels that are what the catalog says. */
  right: number;
  /** Kernels that the catalog did not know and that parse; it knows them now. */
  entered: string[];
  /** What is wrong with others. `removed`: a source can give it again. */
  damaged: { path: string; message: string; removed: boolean }[];
}

/** @throws BpfcError `CACHE_READ`, `CATALOG_INVALID` */
export async function cacheSize(folder: string): Promise<CacheSize> {
  const cache = await Cache.open(folder);
  const sizes = await cache.sizes();
  const known = [...sizes.keys()].map((path) => cache.catalog.files.get(path));
  return {
    kernels: sizes.size,
    bytes: sum(sizes.values()),
    gone: known.filter((entry) => entry?.gone).length,
    unknown: known.filter((entry) => entry === undefined).length,
  };
}

/**
 * Removes the kernels that their source has no more, those that match a glob, and whole clones of former versions.
 *
 * @throws BpfcError `CACHE_WRITE`, `CATALOG_INVALID`
 */
export async function pruneCache(folder: string, kernels: readonly string[] = []): Promise<Pruned> {
  const cache = await WritableCache.lock(folder);
  try {
    const clones = join(folder, OLD_CLONES);
    const hasClones = await stat(clones).then(() => true, unlessMissing);
    await io(HubCode.write, clones, () => rm(clones, { recursive: true, force: true }));
    const removed: [string, number][] = [];
    for (const [path, size] of await cache.sizes()) {
      const unwanted = kernels.length > 0 && isWanted(path, { kernels }, cache.catalog.aliases);
      if (!unwanted && cache.catalog.files.get(path)?.gone !== true) continue;
      await cache.remove(path);
      removed.push([path, size]);
    }
    await cache.save();
    return {
      kernels: removed.map(([path]) => path).sort(),
      bytes: sum(removed.map(([, size]) => size)),
      clones: hasClones === true,
    };
  } finally {
    await cache.close();
  }
}

/**
 * Holds every kernel against the catalog. What is damaged and has a source is removed: the next fetch brings it again.
 *
 * @throws BpfcError `CACHE_WRITE`, `CATALOG_INVALID`
 */
export async function verifyCache(folder: string): Promise<Verified> {
  const cache = await WritableCache.lock(folder);
  const verified: Verified = { right: 0, entered: [], damaged: [] };
  try {
    const sizes = await cache.sizes();
    for (const path of [...sizes.keys()].sort()) {
      const entry = cache.catalog.files.get(path);
      const digests = await digestsOf(cache.file(path));
      const check = entry
        ? ({ kind: 'sha256', sha256: entry.sha256 } as const)
        : ({ kind: 'content' } as const);
      try {
        await requireRight(cache.file(path), digests, check);
      } catch (error) {
        if (!(error instanceof BpfcError) || error.code !== HubCode.mismatch) throw error;
        const removed = entry !== undefined && entry.source !== OWN;
        if (removed) await cache.remove(path);
        verified.damaged.push({ path, message: error.message, removed });
        continue;
      }
      if (entry) {
        verified.right += 1;
        continue;
      }
      const { sha256, size } = digests;
      const date = new Date().toISOString();
      cache.catalog.files.set(path, { source: 'unknown', sha256, size, date, verified: 'content' });
      verified.entered.push(path);
    }
    for (const path of cache.catalog.files.keys()) if (!sizes.has(path)) cache.catalog.files.delete(path);
    await cache.save();
    return verified;
  } finally {
    await cache.close();
  }
}

/**
 * Writes the `index.json` that makes a folder, copied to any web server, a mirror; returns how many kernels and bytes it has.
 *
 * @throws BpfcError `CACHE_READ`, `CACHE_WRITE`; `FETCH_EMPTY`: there is no kernel in it
 */
export async function writeIndex(folder: string): Promise<{ kernels: number; bytes: number }> {
  const { files: sizes, aliases } = await io(HubCode.read, folder, async () => {
    await readdir(folder);
    return archiveFiles(folder);
  });
  if (sizes.size === 0)
    throw new BpfcError(HubCode.empty, `${folder}: has no ID/VERSION/ARCH/RELEASE.btf.tar.xz`);
  const files = new Map<string, IndexFile>();
  for (const path of sizes.keys()) {
    const { sha256, size } = await digestsOf(join(folder, path));
    files.set(path, { sha256, size });
  }
  const target = join(folder, INDEX);
  const temporary = join(folder, `.${INDEX}.${process.pid}`);
  await io(HubCode.write, target, async () => {
    try {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(indexText({ files, aliases }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
  });
  return { kernels: files.size, bytes: sum(sizes.values()) };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

function unlessMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
