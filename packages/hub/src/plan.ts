// What of the sources is wanted, and what of that is not in the cache.
import { type CatalogFile, identityOfPath, isArchivePath, kernelMatches, machineOfArch } from '@bpfc/core';
import { BpfcError } from '@bpfc/core/base';
import { type Cache, OWN, WritableCache } from './cache.js';
import { HubCode } from './error.js';
import type { FetchRequest, ListedSource } from './fetch.js';
import type { RemoteFile } from './source.js';
import { digestsOf, requireRight } from './verify.js';

/** A file that is to be fetched. */
export interface Wanted {
  path: string;
  /** As the catalog names it. */
  source: string;
  commit: string | undefined;
  remote: RemoteFile;
  /** The version in the cache, which is not wanted again. */
  known: CatalogFile | undefined;
}

/** What a run is going to do. */
export interface Plan {
  /** Kernels that were asked for and that a source has. */
  wanted: number;
  /** Those of them that are in the cache. */
  present: number;
  files: Wanted[];
  /** Bytes of the files whose size the source tells. */
  bytes: number;
  /** Files whose size it does not tell. */
  unknownSizes: number;
  /** Paths whose source has another version, which is not fetched. */
  changed: string[];
  /** Paths that their source has no more. */
  gone: string[];
}

type Choice = Pick<FetchRequest, 'kernels' | 'archs' | 'update'>;

/**
 * Compares what sources have with the cache. A file that the catalog does not know, of a run that was killed or of another
 * program, is verified where it is, and entered or fetched anew.
 *
 * @throws BpfcError `FETCH_EMPTY`: nothing is wanted of what the sources have
 */
export async function planFetch(
  cache: Cache,
  listings: readonly ListedSource[],
  choice: Choice,
): Promise<Plan> {
  const onDisk = await cache.sizes();
  const chosen = choose(listings, choice, cache.catalog.aliases);
  if (chosen.length === 0) throw nothing(listings, choice);
  const plan: Plan = {
    wanted: chosen.length,
    present: 0,
    files: [],
    bytes: 0,
    unknownSizes: 0,
    changed: [],
    gone: [],
  };
  for (const wanted of chosen) {
    const state = await stateOf(wanted, onDisk.get(wanted.path), cache);
    if (state === 'other' && !choice.update) plan.changed.push(wanted.path);
    if (state === 'same' || (state !== 'missing' && !choice.update)) {
      plan.present += 1;
      continue;
    }
    const known = state === 'missing' ? undefined : cache.catalog.files.get(wanted.path);
    plan.files.push({ ...wanted, known });
    if (wanted.remote.size === undefined) plan.unknownSizes += 1;
    else plan.bytes += wanted.remote.size;
  }
  plan.gone = goneFrom(cache, listings);
  return plan;
}

/** Of several sources the first that has a kernel counts; nothing goes below what is a link in the cache or in one before. */
function choose(
  listings: readonly ListedSource[],
  choice: Choice,
  cached: ReadonlyMap<string, string>,
): Wanted[] {
  const chosen = new Map<string, Wanted>();
  const aliases = new Map(cached);
  for (const { source, listing } of listings) {
    for (const [path, remote] of listing.files) {
      if (chosen.has(path) || aliases.has(folderOf(path))) continue;
      if (!isWanted(path, choice, listing.aliases)) continue;
      chosen.set(path, { path, source, commit: listing.commit, remote, known: undefined });
    }
    for (const [name, target] of listing.aliases) aliases.set(name, target);
  }
  return [...chosen.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Is the kernel at this path one that is asked for, by any of its folder's names? */
export function isWanted(
  path: string,
  { kernels = [], archs = [] }: Pick<Choice, 'kernels' | 'archs'>,
  aliases: ReadonlyMap<string, string> = new Map(),
): boolean {
  const names = namesOf(folderOf(path), aliases);
  const paths = [path, ...names.map((folder) => `${folder}${path.slice(folderOf(path).length)}`)];
  return paths.some((path) => {
    const identity = isArchivePath(path) ? identityOfPath(path) : undefined;
    if (identity === undefined) return false;
    const ofArch =
      archs.length === 0 || archs.some((arch) => machineOfArch(arch) === machineOfArch(identity.arch));
    return ofArch && (kernels.length === 0 || kernels.some((glob) => kernelMatches(glob, identity)));
  });
}

function namesOf(folder: string, aliases: ReadonlyMap<string, string>): string[] {
  return [...aliases].filter(([, target]) => target === folder).map(([name]) => name);
}

function folderOf(path: string): string {
  return path.split('/', 2).join('/');
}

/** `unknown`: there, and whether the source still has this version cannot be told without asking for it. */
type State = 'missing' | 'same' | 'other' | 'unknown';

async function stateOf(wanted: Wanted, size: number | undefined, cache: Cache): Promise<State> {
  if (size === undefined) return 'missing';
  const entry = cache.catalog.files.get(wanted.path);
  if (entry?.source === OWN) return 'same';
  if (entry === undefined || entry.size !== size) return adopt(wanted, cache);
  const { check, size: remoteSize } = wanted.remote;
  if (remoteSize !== undefined && remoteSize !== size) return 'other';
  if (check.kind === 'sha256') return check.sha256 === entry.sha256 ? 'same' : 'other';
  if (check.kind === 'content') return 'unknown';
  if (entry.verified === 'git' && entry.source === wanted.source && entry.commit === wanted.commit)
    return 'same';
  const digests = await digestsOf(cache.file(wanted.path));
  return digests.blob === check.blob ? 'same' : 'other';
}

async function adopt({ path, source, commit, remote }: Wanted, cache: Cache): Promise<State> {
  const digests = await digestsOf(cache.file(path));
  try {
    await requireRight(cache.file(path), digests, remote.check);
  } catch (error) {
    if (error instanceof BpfcError && error.code === HubCode.mismatch) return 'missing';
    throw error;
  }
  const entry: CatalogFile = {
    source,
    ...(commit === undefined ? {} : { commit }),
    sha256: digests.sha256,
    size: digests.size,
    date: new Date().toISOString(),
    verified: remote.check.kind,
  };
  if (cache instanceof WritableCache) cache.catalog.files.set(path, entry);
  return 'same';
}

/** What sources that were asked had once, and none of them has now. */
function goneFrom({ catalog }: Cache, listings: readonly ListedSource[]): string[] {
  const asked = new Set(listings.map(({ source }) => source));
  return [...catalog.files]
    .filter(
      ([path, { source }]) => asked.has(source) && !listings.some(({ listing }) => listing.files.has(path)),
    )
    .map(([path]) => path)
    .sort();
}

function nothing(listings: readonly ListedSource[], { kernels = [], archs = [] }: Choice): BpfcError {
  const sources = listings.map(({ source }) => source).join(', ');
  const all = listings.reduce((sum, { listing }) => sum + listing.files.size, 0);
  const asked = [...kernels, ...archs].join(' ');
  const text = all === 0 ? 'no kernel in' : `none of ${all} kernels matches ${asked} in`;
  return new BpfcError(HubCode.empty, `${text} ${sources}`);
}
