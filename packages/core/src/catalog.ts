// What describes an archive in BTFHub's layout: the catalog of a cache, the index of a mirror, the lock of a project. All
// three are JSON that anybody may have written.
import { BpfcError, CoreCode } from './error.js';

/** Where a file of a cache comes from. */
export interface CatalogFile {
  /** The source's URL, or `add` for a file that its user put in. */
  source: string;
  /** The commit it was taken from, where the source is a repository. */
  commit?: string;
  /** What the web server said of this version. */
  etag?: string;
  /** Of the file, in hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** When it landed, in ISO 8601. */
  date: string;
  /** Held against the repository's object id, against a hash, or only unpacked and parsed. */
  verified: 'git' | 'sha256' | 'content';
  /** The kernel carries this BTF itself. */
  native?: true;
  /** The source has it no more. */
  gone?: true;
}

/** What is in a cache. Paths are `ID/VERSION/ARCH/RELEASE.btf.tar.xz`. */
export interface Catalog {
  files: Map<string, CatalogFile>;
  /** Second names of folders: `debian/bullseye` is `debian/11`. */
  aliases: Map<string, string>;
}

/** What a mirror says of a file. */
export interface IndexFile {
  /** In hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
}

/** `index.json` of a mirror. */
export interface ArchiveIndex {
  files: Map<string, IndexFile>;
  aliases: Map<string, string>;
}

/** What a project has pinned of a kernel. */
export interface LockedKernel {
  source: string;
  commit?: string;
  /** Of the file, in hexadecimal. */
  sha256: string;
}

/** `btf-pack.lock` of a project: its kernels by path. */
export type ProjectLock = Map<string, LockedKernel>;

/** Files and aliases of one document; BTFHub has some 5,000. */
const MOST_ENTRIES = 1_000_000;

/** Characters of a document: {@link MOST_ENTRIES} of the usual length. */
const MOST_TEXT = 256 << 20;

/** Bytes of a name that file systems take. */
const MOST_NAME = 255;

const ENDING = '.btf.tar.xz';

/** Is it `ID/VERSION/ARCH/RELEASE.btf.tar.xz`, of names that any file system takes and none that leads elsewhere? */
export function isArchivePath(path: string): boolean {
  const parts = path.split('/');
  const release = parts[3];
  return parts.length === 4 && parts.every(isName) && release !== undefined && isRelease(release);
}

/** Is it `ID/VERSION`? */
export function isArchiveFolder(path: string): boolean {
  const parts = path.split('/');
  return parts.length === 2 && parts.every(isName);
}

function isRelease(name: string): boolean {
  return name.endsWith(ENDING) && name.length > ENDING.length;
}

/** No dot at the beginning: such names are what tools keep for themselves. */
function isName(name: string): boolean {
  return (
    /^[^./\\\p{Cc}\p{Cs}][^/\\\p{Cc}\p{Cs}]*$/u.test(name) &&
    new TextEncoder().encode(name).length <= MOST_NAME
  );
}

/**
 * Reads a `catalog.json`.
 *
 * @throws BpfcError `CATALOG_INVALID`: what is wrong, and at which file
 */
export function parseCatalog(text: string): Catalog {
  const document = new Reader(CoreCode.catalog, 'catalog', text);
  return { files: document.files('files', catalogFile), aliases: document.aliases() };
}

/**
 * Reads the `index.json` of a mirror.
 *
 * @throws BpfcError `INDEX_INVALID`: what is wrong, and at which file
 */
export function parseIndex(text: string): ArchiveIndex {
  const document = new Reader(CoreCode.index, 'index', text);
  const files = document.files('files', (field) => ({ sha256: field.sha256(), size: field.size() }));
  return { files, aliases: document.aliases() };
}

/**
 * Reads a `btf-pack.lock`.
 *
 * @throws BpfcError `LOCK_INVALID`: what is wrong, and at which kernel
 */
export function parseProjectLock(text: string): ProjectLock {
  return new Reader(CoreCode.lock, 'lock', text).files('kernels', (field) => ({
    source: field.text('source'),
    ...field.optional('commit'),
    sha256: field.sha256(),
  }));
}

function catalogFile(field: Fields): CatalogFile {
  return {
    source: field.text('source'),
    ...field.optional('commit'),
    ...field.optional('etag'),
    sha256: field.sha256(),
    size: field.size(),
    date: field.text('date'),
    verified: field.oneOf('verified', ['git', 'sha256', 'content']),
    ...field.flag('native'),
    ...field.flag('gone'),
  };
}

/** The text of a `catalog.json`: equal catalogs give equal text. */
export function catalogText({ files, aliases }: Catalog): string {
  return documentText({ files: sorted(files), aliases: sorted(aliases) });
}

/** The text of an `index.json`: equal indexes give equal text. */
export function indexText({ files, aliases }: ArchiveIndex): string {
  return documentText({ files: sorted(files), aliases: sorted(aliases) });
}

/** The text of a `btf-pack.lock`: equal locks give equal text. */
export function projectLockText(kernels: ProjectLock): string {
  return documentText({ kernels: sorted(kernels) });
}

function documentText(content: object): string {
  return `${JSON.stringify({ version: 1, ...content }, undefined, 1)}\n`;
}

/** In the order of code units, which no locale changes. */
function sorted<Value>(map: ReadonlyMap<string, Value>): Record<string, Value> {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, withSortedKeys(value)]));
}

function withSortedKeys<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as Value;
}

/** One document, and how it says what is wrong with it. */
class Reader {
  readonly #code: string;
  readonly #what: string;
  readonly #content: Record<string, unknown>;

  constructor(code: string, what: string, text: string) {
    this.#code = code;
    this.#what = what;
    if (text.length > MOST_TEXT) throw this.wrong(`has more than ${MOST_TEXT} characters`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw this.wrong(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (!isRecord(value)) throw this.wrong('is not an object');
    if (value.version !== 1) throw this.wrong('is not of version 1; a newer btf-pack may read it');
    this.#content = value;
  }

  files<Value>(key: string, read: (fields: Fields) => Value): Map<string, Value> {
    return new Map(
      this.#entries(key).map(([path, value]) => {
        if (!isArchivePath(path)) throw this.wrong(`has a path that is none of an archive's`, path);
        if (!isRecord(value)) throw this.wrong('has a file that is not an object', path);
        return [path, read(new Fields(value, (text) => this.wrong(text, path)))];
      }),
    );
  }

  aliases(): Map<string, string> {
    return new Map(
      this.#entries('aliases', {}).map(([from, to]) => {
        if (typeof to === 'string' && isArchiveFolder(from) && isArchiveFolder(to)) return [from, to];
        throw this.wrong('has an alias that is not ID/VERSION', from);
      }),
    );
  }

  #entries(key: string, missing?: object): [string, unknown][] {
    const value = this.#content[key] ?? missing;
    if (!isRecord(value)) throw this.wrong(`has no '${key}'`);
    const entries = Object.entries(value);
    if (entries.length > MOST_ENTRIES) throw this.wrong(`has more than ${MOST_ENTRIES} entries`);
    return entries;
  }

  wrong(text: string, at?: string): BpfcError {
    const place = at === undefined ? '' : `: ${JSON.stringify(at.slice(0, MOST_NAME))}`;
    return new BpfcError(this.#code, `the ${this.#what} ${text}${place}`, { value: at?.slice(0, MOST_NAME) });
  }
}

/** The members of one entry. */
class Fields {
  readonly #content: Record<string, unknown>;
  readonly #wrong: (text: string) => BpfcError;

  constructor(content: Record<string, unknown>, wrong: (text: string) => BpfcError) {
    this.#content = content;
    this.#wrong = wrong;
  }

  text(key: string): string {
    const value = this.#content[key];
    if (typeof value === 'string' && value !== '') return value;
    throw this.#wrong(`has no text as '${key}'`);
  }

  optional<Key extends string>(key: Key): { [K in Key]?: string } {
    return (this.#content[key] === undefined ? {} : { [key]: this.text(key) }) as { [K in Key]?: string };
  }

  flag<Key extends string>(key: Key): { [K in Key]?: true } {
    return (this.#content[key] === true ? { [key]: true } : {}) as { [K in Key]?: true };
  }

  sha256(): string {
    const value = this.text('sha256');
    if (/^[0-9a-f]{64}$/.test(value)) return value;
    throw this.#wrong('has a SHA-256 that is not 64 hexadecimal digits');
  }

  size(): number {
    const value = this.#content.size;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.#wrong('has a size that is no number of bytes');
  }

  oneOf<Value extends string>(key: string, values: readonly Value[]): Value {
    const found = values.find((value) => value === this.#content[key]);
    if (found !== undefined) return found;
    throw this.#wrong(`has a '${key}' that is none of ${values.join(', ')}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
