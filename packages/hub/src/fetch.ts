// From sources to the cache: what is wanted and not there yet, verified, and landed one by one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Catalog, CatalogFile } from '@bpfc/core';
import { BpfcError } from '@bpfc/core/base';
import { Cache, type LockOptions, WritableCache } from './cache.js';
import { HubCode } from './error.js';
import { inLanes } from './lanes.js';
import { openSource } from './open-source.js';
import { PartialFile } from './partial.js';
import { type Plan, planFetch, type Wanted } from './plan.js';
import type { Listing, Source } from './source.js';
import { type Digests, digestsOf, requireRight } from './verify.js';
import { type Patience, Web } from './web.js';

/** What is asked of one run. */
export interface FetchRequest {
  /** The folder of the cache. */
  cache: string;
  /** Folders, URLs, `owner/name` on GitHub; of several the first that has a kernel counts. */
  sources: readonly string[];
  /** Globs over ID/VERSION/ARCH/RELEASE; none: all kernels. */
  kernels?: readonly string[] | undefined;
  /** Architectures by either name; none: all. */
  archs?: readonly string[] | undefined;
  /** Files at a time. Default: 4. */
  jobs?: number | undefined;
  /** Fetch again what has changed at its source. */
  update?: boolean | undefined;
  /** Only tell what would be fetched. */
  dryRun?: boolean | undefined;
  patience?: (Patience & { git?: number | undefined }) | undefined;
  lock?: LockOptions | undefined;
}

/** What happens meanwhile. */
export interface FetchEvents {
  /** Something to be known, such as another way than the usual. */
  onNote?(text: string): void;
  /** Before the first file; `bytes` are of the files whose size is known. */
  onPlan?(plan: Plan): void;
  /** Bytes arrived, or, as a negative number, were given up. */
  onBytes?(bytes: number): void;
  /** A file is done, or given up. */
  onFile?(path: string): void;
}

/** A file that did not get into the cache, and why. */
export interface Unfetched {
  path: string;
  code: string;
  message: string;
}

/** What one run has done. */
export interface FetchSummary {
  sources: { source: string; commit?: string; kernels: number }[];
  /** Kernels that were asked for and that a source has. */
  wanted: number;
  /** Those of them that were in the cache. */
  present: number;
  /** Paths that were fetched; with `dryRun`, that would be. */
  fetched: string[];
  /** Bytes of these; with `dryRun`, of those whose size is known. */
  bytes: number;
  /** Paths whose source has another version; `update` fetches it. */
  changed: string[];
  /** Paths that their source has no more; they are kept. */
  gone: string[];
  /** Paths that are no kernel's BTF at their source either, which is complete in itself. */
  broken: Unfetched[];
  /** Paths that are to be tried again. */
  failed: Unfetched[];
}

/** Files at a time. */
export const DEFAULT_JOBS = 4;

/** Times that a file which is not what it should be is fetched. */
const TRIES = 3;

/** Files in a row that fail, after which their source counts as out of order. */
const MOST_FAILURES = 8;

/** Milliseconds between two times that the catalog is written; what landed since is verified again after a kill. */
const SAVE = 2000;

/**
 * Fetches kernels' BTFs into the cache. Stopped at any moment, it has lost the files in flight, and another run goes on.
 *
 * @throws BpfcError `FETCH_…`, `CACHE_…`, `CATALOG_INVALID`, `INDEX_INVALID`. A file that cannot be fetched is no reason: it
 *   is in the summary
 */
export async function fetchKernels(request: FetchRequest, events: FetchEvents = {}): Promise<FetchSummary> {
  return request.dryRun ? tryRun(request, events) : run(request, events);
}

async function run(request: FetchRequest, events: FetchEvents): Promise<FetchSummary> {
  const onWait = () => events.onNote?.('another process fills the cache; waiting for it');
  const cache = await WritableCache.lock(request.cache, { onWait, ...request.lock });
  try {
    return await withSources(
      request,
      events,
      () => cache.clone(),
      async (sources, listings) => {
        const plan = await planFetch(cache, listings, request);
        events.onPlan?.(plan);
        const job = new Job(cache, request, events);
        try {
          for (const source of sources) {
            await job.fetch(
              source,
              plan.files.filter((file) => file.source === source.url),
            );
          }
          for (const { listing } of [...listings].reverse()) await cache.link(listing.aliases);
          markGone(cache.catalog, plan.gone, listings);
        } finally {
          await cache.save();
        }
        return summary(plan, listings, job);
      },
    );
  } finally {
    await cache.close();
  }
}

async function tryRun(request: FetchRequest, events: FetchEvents): Promise<FetchSummary> {
  const cache = await Cache.open(request.cache);
  return withScratch((clone) =>
    withSources(request, events, clone, async (_, listings) => {
      const plan = await planFetch(cache, listings, request);
      events.onPlan?.(plan);
      const fetched = plan.files.map(({ path }) => path);
      return summary(plan, listings, { fetched, bytes: plan.bytes, unchanged: 0, broken: [], failed: [] });
    }),
  );
}

/** Everything that a source has. */
export interface ListedSource {
  /** As the catalog names it. */
  source: string;
  listing: Listing;
}

/** What sources have, without a cache. */
export async function listSources(
  sources: readonly string[],
  { patience, ...events }: Pick<FetchRequest, 'patience'> & Pick<FetchEvents, 'onNote'> = {},
): Promise<ListedSource[]> {
  return withScratch((clone) =>
    withSources({ sources, patience }, events, clone, async (_, listings) => listings),
  );
}

async function withScratch<T>(use: (clone: () => string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'bpfc-hub-'));
  let clones = 0;
  try {
    return await use(() => join(scratch, String(++clones)));
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function withSources<T>(
  { sources: names, patience }: Pick<FetchRequest, 'sources' | 'patience'>,
  events: FetchEvents,
  clone: () => string,
  use: (sources: Source[], listings: ListedSource[]) => Promise<T>,
): Promise<T> {
  const web = new Web(patience);
  const tools = { web, say: (text: string) => events.onNote?.(text), clone, stuck: patience?.git };
  const sources: Source[] = [];
  try {
    const listings: ListedSource[] = [];
    for (const name of names) {
      const source = await openSource(name, tools);
      sources.push(source);
      listings.push({ source: source.url, listing: await source.list() });
    }
    return await use(sources, listings);
  } finally {
    for (const source of sources) await source.close();
    await web.close();
  }
}

/** Fetches, and keeps count. */
class Job {
  readonly fetched: string[] = [];
  readonly broken: Unfetched[] = [];
  readonly failed: Unfetched[] = [];
  bytes = 0;
  /** Files that their source has as they are in the cache. */
  unchanged = 0;
  readonly #cache: WritableCache;
  readonly #request: FetchRequest;
  readonly #events: FetchEvents;
  #failures = 0;
  #saved = Date.now();

  constructor(cache: WritableCache, request: FetchRequest, events: FetchEvents) {
    this.#cache = cache;
    this.#request = request;
    this.#events = events;
  }

  async fetch(source: Source, files: readonly Wanted[]): Promise<void> {
    if (files.length === 0) return;
    const wanted = new Map(files.map((file) => [file.path, file]));
    for await (const batch of source.batches(files.map(({ remote }) => remote))) {
      const ready = batch.flatMap(({ path }) => wanted.get(path) ?? []);
      await inLanes(ready, this.#request.jobs ?? DEFAULT_JOBS, (file) => this.#one(source, file));
    }
  }

  async #one(source: Source, file: Wanted): Promise<void> {
    try {
      await this.#obtain(source, file);
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof BpfcError) || isOfCache(error)) throw error;
      const { code, message } = error;
      const unfetched = { path: file.path, code, message };
      if (error instanceof BrokenAtSource) {
        this.broken.push(unfetched);
      } else {
        this.failed.push(unfetched);
        this.#failures += 1;
        if (this.#failures >= MOST_FAILURES) throw error;
      }
    }
    this.#events.onFile?.(file.path);
    if (Date.now() - this.#saved < SAVE) return;
    this.#saved = Date.now();
    await this.#cache.save();
  }

  async #obtain(source: Source, { path, remote, commit, known }: Wanted): Promise<void> {
    const onBytes = (bytes: number) => this.#events.onBytes?.(bytes);
    const partial = await PartialFile.create(this.#cache.partial(), remote.size, onBytes);
    try {
      let before: Digests | undefined;
      for (let tries = 1; ; tries++) {
        this.#cache.lost.throwIfAborted();
        const isNew = await source.read(remote, partial, known?.etag);
        const digests = isNew ? await digestsOf(partial.path) : undefined;
        if (digests === undefined || digests.sha256 === known?.sha256) {
          this.unchanged += 1;
          return;
        }
        const wrong = await requireRight(partial.path, digests, remote.check).catch(
          (error: unknown) => error,
        );
        if (wrong === undefined) {
          await partial.close();
          await this.#cache.land(partial.path, path, entryOf(source, partial, digests, { remote, commit }));
          this.fetched.push(path);
          this.bytes += digests.size;
          return;
        }
        // What comes twice the same is so at its source; else it was damaged on the way.
        if (remote.check.kind === 'content' && before?.sha256 === digests.sha256)
          throw new BrokenAtSource(wrong);
        if (tries === TRIES) throw wrong;
        before = digests;
        await partial.restart();
      }
    } finally {
      await partial.discard();
    }
  }
}

/** A file that is wrong wherever one gets it. */
class BrokenAtSource extends BpfcError {
  constructor(wrong: unknown) {
    super(HubCode.mismatch, wrong instanceof Error ? wrong.message : String(wrong), { cause: wrong });
  }
}

/** Then the other files will not land either. */
function isOfCache({ code }: BpfcError): boolean {
  return code === HubCode.write || code === HubCode.read || code === HubCode.lock;
}

function entryOf(
  source: Source,
  { etag }: PartialFile,
  { sha256, size }: Digests,
  { remote, commit }: Pick<Wanted, 'remote' | 'commit'>,
): CatalogFile {
  return {
    source: source.url,
    ...(commit === undefined ? {} : { commit }),
    ...(etag === undefined ? {} : { etag }),
    sha256,
    size,
    date: new Date().toISOString(),
    verified: remote.check.kind,
  };
}

/** Marks what has vanished, and takes the mark from what is there again. */
function markGone(catalog: Catalog, gone: readonly string[], listings: readonly ListedSource[]): void {
  for (const path of gone) {
    const entry = catalog.files.get(path);
    if (entry !== undefined) entry.gone = true;
  }
  for (const { listing } of listings) {
    for (const path of listing.files.keys()) delete catalog.files.get(path)?.gone;
  }
}

function summary(
  plan: Plan,
  listings: readonly ListedSource[],
  {
    fetched,
    bytes,
    unchanged,
    broken,
    failed,
  }: Pick<Job, 'fetched' | 'bytes' | 'unchanged' | 'broken' | 'failed'>,
): FetchSummary {
  const byPath = (a: Unfetched, b: Unfetched) => (a.path < b.path ? -1 : 1);
  return {
    sources: listings.map(({ source, listing: { commit, files } }) => ({
      source,
      ...(commit === undefined ? {} : { commit }),
      kernels: files.size,
    })),
    wanted: plan.wanted,
    present: plan.present + unchanged,
    fetched: [...fetched].sort(),
    bytes,
    changed: plan.changed,
    gone: plan.gone,
    broken: [...broken].sort(byPath),
    failed: [...failed].sort(byPath),
  };
}
