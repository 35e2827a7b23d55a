// The cache of kernels' BTFs:
//
//   <cache>/btfhub-archive/ID/VERSION/ARCH/RELEASE.btf.tar.xz   as in BTFHub; files land by rename and never change in place
//   <cache>/btfhub-archive/.partial/                            files in flight, of the one process that fills the cache
//   <cache>/catalog.json                                        where each file comes from
//   <cache>/sources/                                            bare partial clones, of that process too
//   <cache>/.lock                                               there while a process changes the cache
import { createHash } from 'node:crypto';
import {
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Catalog, type CatalogFile, catalogText, isArchivePath, parseCatalog } from '@bpfc/core';
import { BpfcError, systemCode } from '@bpfc/core/base';
import { lock } from 'proper-lockfile';
import { HubCode, io } from './error.js';
import { archiveFiles } from './tree.js';

const ARCHIVE = 'btfhub-archive';
const CATALOG = 'catalog.json';
const LOCK = '.lock';

/** Below the cache, of git sources; nothing in it is a kernel of the cache. */
export const CLONES = 'sources';

/** Below the archive, on whose file system files have to be to land by rename. */
export const PARTIAL = '.partial';

/** The source of what its user has put in. */
export const OWN = 'add';

/** Milliseconds after which a lock that its process no longer renews is another's to take. */
const STALE = 10_000;

/** Milliseconds between two looks at a lock. */
const LOOK = 200;

/** A cache, to be looked at. */
export class Cache {
  readonly folder: string;
  readonly catalog: Catalog;

  protected constructor(folder: string, catalog: Catalog) {
    this.folder = folder;
    this.catalog = catalog;
  }

  /**
   * Reads the catalog; a cache that is not there is empty.
   *
   * @throws BpfcError `CATALOG_INVALID`, `CACHE_READ`
   */
  static async open(folder: string): Promise<Cache> {
    return new Cache(folder, await readCatalog(folder));
  }

  /** The folder of the kernels. */
  get archive(): string {
    return join(this.folder, ARCHIVE);
  }

  /** Where the file with this path of an archive is. */
  file(path: string): string {
    return join(this.archive, path);
  }

  /** The path in the archive, by the folder's first name, of a file in it; undefined for any other. */
  pathOf(file: string): string | undefined {
    const path = relative(this.archive, file);
    if (!isArchivePath(path)) return undefined;
    const folder = path.split('/', 2).join('/');
    return `${this.catalog.aliases.get(folder) ?? folder}${path.slice(folder.length)}`;
  }

  /** Bytes of each kernel's file that is there, by path; the catalog may not know all of them. */
  async sizes(): Promise<Map<string, number>> {
    return io(HubCode.read, this.archive, async () => {
      const there = await stat(this.archive).catch(unlessMissing);
      return there === undefined ? new Map() : (await archiveFiles(this.archive)).files;
    });
  }
}

export interface LockOptions {
  /** Called once when another process has the cache. */
  onWait?: (() => void) | undefined;
  /** Milliseconds, at least 2000, after which a lock that is not renewed counts as left over. Default: 10 s. */
  stale?: number | undefined;
}

/** A cache, to be changed: by one process at a time. */
export class WritableCache extends Cache {
  readonly #lost: AbortController;
  readonly #release: () => Promise<void>;
  #numbers = 0;

  private constructor(folder: string, catalog: Catalog, lost: AbortController, release: () => Promise<void>) {
    super(folder, catalog);
    this.#lost = lost;
    this.#release = release;
  }

  /**
   * Makes the cache where there is none, waits until no other process changes it, and removes what a killed one has left.
   *
   * @throws BpfcError `CACHE_WRITE`, `CATALOG_INVALID`
   */
  static async lock(folder: string, options: LockOptions = {}): Promise<WritableCache> {
    const lost = new AbortController();
    await io(HubCode.write, folder, () => mkdir(join(folder, ARCHIVE), { recursive: true }));
    const release = await io(HubCode.write, folder, () => acquire(folder, lost, options));
    try {
      const cache = new WritableCache(folder, await readCatalog(folder), lost, release);
      await io(HubCode.write, folder, () => cache.#tidy());
      return cache;
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Aborted when the lock is lost: this process was asleep for long, and another has taken the cache. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** A name for a file in flight, on the archive's file system. */
  partial(): string {
    this.#numbers += 1;
    return join(this.archive, PARTIAL, String(this.#numbers));
  }

  /** A name for a clone. */
  clone(): string {
    this.#numbers += 1;
    return join(this.folder, CLONES, String(this.#numbers));
  }

  /** Puts a verified file in its place. The catalog shows it to others after {@link save}. */
  async land(partial: string, path: string, entry: CatalogFile): Promise<void> {
    this.#lost.signal.throwIfAborted();
    await io(HubCode.write, this.file(path), async () => {
      await toDisk(partial);
      await mkdir(dirname(this.file(path)), { recursive: true });
      await rename(partial, this.file(path));
    });
    this.catalog.files.set(path, entry);
  }

  /** Puts a kernel of its user's own in its place; a fetch leaves it there. */
  async put(path: string, bytes: Uint8Array, about: Pick<CatalogFile, 'native'> = {}): Promise<void> {
    if (!isArchivePath(path)) throw new BpfcError(HubCode.write, `${path}: is no path of an archive`);
    const partial = this.partial();
    await io(HubCode.write, partial, () => writeFile(partial, bytes));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const date = new Date().toISOString();
    await this.land(partial, path, {
      source: OWN,
      sha256,
      size: bytes.length,
      date,
      verified: 'content',
      ...about,
    });
  }

  /**
   * Shows folders under their second names too, by links, as the archive does. A name that has kernels of its own stays
   * theirs.
   */
  async link(aliases: ReadonlyMap<string, string>): Promise<void> {
    for (const [name, target] of aliases) {
      const there = await lstat(this.file(name)).catch(() => undefined);
      if (there?.isDirectory()) continue;
      this.catalog.aliases.set(name, target);
      const exists = await stat(this.file(target)).catch(() => undefined);
      if (!exists?.isDirectory()) continue;
      await io(HubCode.write, this.file(name), async () => {
        await mkdir(dirname(this.file(name)), { recursive: true });
        await symlink(relative(dirname(name), target), this.file(name)).catch((error) => {
          if (systemCode(error) !== 'EEXIST') throw error;
        });
      });
    }
  }

  /** Removes a kernel and forgets it. */
  async remove(path: string): Promise<void> {
    await io(HubCode.write, this.file(path), () => rm(this.file(path), { force: true }));
    this.catalog.files.delete(path);
  }

  /** Writes the catalog. */
  async save(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    const file = join(this.folder, CATALOG);
    await io(HubCode.write, file, async () => {
      const partial = this.partial();
      const handle = await open(partial, 'w');
      try {
        await handle.writeFile(catalogText(this.catalog));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(partial, file);
    });
  }

  /** Lets the next process have the cache. */
  async close(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    await io(HubCode.write, this.folder, async () => {
      await this.#removeOwn();
      await this.#release();
    });
  }

  async #tidy(): Promise<void> {
    await this.#removeOwn();
    await mkdir(join(this.archive, PARTIAL));
    for (const [name] of this.catalog.aliases) await removeDeadLink(this.file(name));
  }

  async #removeOwn(): Promise<void> {
    for (const own of [join(this.archive, PARTIAL), join(this.folder, CLONES)]) {
      await rm(own, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

async function readCatalog(folder: string): Promise<Catalog> {
  const file = join(folder, CATALOG);
  const text = await io(HubCode.read, file, () => readFile(file, 'utf8').catch(unlessMissing));
  if (text === undefined) return { files: new Map(), aliases: new Map() };
  try {
    return parseCatalog(text);
  } catch (error) {
    if (!(error instanceof BpfcError)) throw error;
    const wayOut = 'remove it: the next fetch verifies what is there and writes it anew';
    throw new BpfcError(error.code, `${file}: ${error.message}; ${wayOut}`, { cause: error });
  }
}

async function acquire(folder: string, lost: AbortController, { onWait, stale = STALE }: LockOptions) {
  const options = {
    lockfilePath: join(folder, LOCK),
    stale,
    onCompromised: (cause: Error) =>
      lost.abort(
        new BpfcError(HubCode.lock, `${folder}: another process has taken the cache; run it again`, {
          cause,
        }),
      ),
  };
  for (let looks = 0; ; looks++) {
    try {
      return await lock(folder, options);
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw error;
    }
    if (looks === 0) onWait?.();
    await sleep(LOOK);
  }
}

async function removeDeadLink(path: string): Promise<void> {
  const link = await readlink(path).catch(() => undefined);
  const there = await stat(path).catch(() => undefined);
  if (link !== undefined && there === undefined) await unlink(path);
}

async function toDisk(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function unlessMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
