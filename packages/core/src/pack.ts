import type * as raw from '../wasm/bpfc.js';
import { type Bytes, toBytes } from './bytes.js';
import { adopt, Handle, use } from './handle.js';
import { type Identity, type Layout, packPath } from './identity.js';
import { enter, instance } from './instance.js';

/** One file in a pack. */
export interface PackEntry {
  /** `package.json` or `btfhub-archive/...`, without a leading `./`. */
  path: string;
  /** Bytes. */
  size: number;
  /** Of the content, in hexadecimal. */
  sha256: string;
  /** The kernel it is of; null when the path does not say. */
  identity: Identity | null;
}

/** A machine, as it names itself. */
export interface SystemNames {
  /** The text of its os-release. */
  osRelease: string;
  /** As `uname -m` prints it. */
  machine: string;
  /** As `uname -r` prints it. */
  release: string;
}

/** The step of the rule that found an entry. */
export type SelectionStep = 'exact' | 'version' | 'like' | 'release' | 'nearest';

/** What a machine gets of a pack. */
export interface Selection {
  /** Null where it gets none. */
  entry: PackEntry | null;
  step: SelectionStep | null;
  /** All that was looked for, in order: `ID/VERSION/ARCH/RELEASE`, and how many entries have that name. */
  tried: { step: SelectionStep; key: string; hits: number }[];
}

/** What a list of machines gets of a pack. */
export interface Fleet {
  /** How many of them are served. */
  served: number;
  /** `line` is its number in the list, `entry` the path of what it gets. */
  machines: { line: number; machine: string; entry: string | null; step: SelectionStep | null }[];
}

/** A pack that was opened. Made by {@link openPack}. */
export class Pack extends Handle {
  private constructor() {
    super();
  }

  /** @internal */
  static open(bytes: Bytes): Pack {
    const input = toBytes(bytes);
    return adopt(new Pack(), (glue) => glue.Pack.open(input));
  }

  /** What is in it, by path. */
  entries(): PackEntry[] {
    return JSON.parse(use(this, (pack: raw.Pack) => pack.entries()));
  }

  /** The kernels it has BTF for, by path. */
  identities(): Identity[] {
    return this.entries().flatMap(({ identity }) => identity ?? []);
  }

  /** What is in the tar and not among the entries: links, devices, paths that lead out of the pack. */
  skipped(): string[] {
    return JSON.parse(use(this, (pack: raw.Pack) => pack.skipped()));
  }

  /** The content of one entry, named by its path or by its kernel; undefined when there is none. */
  read(entry: string | Identity): Uint8Array | undefined {
    const path = typeof entry === 'string' ? entry : packPath(entry);
    return use(this, (pack: raw.Pack) => pack.read(path));
  }

  /**
   * Which entry a machine gets, by the first of these that finds one: the exact name; its version by other names; a
   * distribution that it is like; the release alone; with `nearest` the nearest release of its distribution, flavor and
   * series. A kernel with BTF of its own needs no pack.
   *
   * @throws BpfcError `IDENTITY_PART`: machine or release are empty
   */
  select(system: SystemNames, options: { nearest?: boolean } = {}): Selection {
    const { osRelease, machine, release } = system;
    const { nearest = false } = options;
    return JSON.parse(use(this, (pack: raw.Pack) => pack.select(osRelease, machine, release, nearest)));
  }

  /**
   * Does nothing where {@link select} finds an entry.
   *
   * @throws BpfcError `PACK_NO_MATCH`, with what was tried
   */
  requireSelected(system: SystemNames, options: { nearest?: boolean } = {}): void {
    const { osRelease, machine, release } = system;
    const { nearest = false } = options;
    use(this, (pack: raw.Pack) => pack.requireSelected(osRelease, machine, release, nearest));
  }

  /**
   * Which entries the machines of a list get: one line `ID VERSION_ID machine release` for each, `-` for a VERSION_ID that
   * is not set.
   *
   * @throws BpfcError `FLEET_LINE`: a line is something else
   */
  fleet(list: string, options: { nearest?: boolean } = {}): Fleet {
    const { nearest = false } = options;
    return JSON.parse(use(this, (pack: raw.Pack) => pack.fleet(list, nearest)));
  }

  /**
   * The ELF object inside `package.json`; undefined when there is no `package.json`.
   *
   * @throws BpfcError when `package.json` holds none
   */
  program(): Uint8Array | undefined {
    return use(this, (pack: raw.Pack) => pack.program());
  }
}

/**
 * Opens a pack: a tar, plain or compressed, with or without `./` before its names.
 *
 * @throws BpfcError `ARCHIVE_…`, `PACK_…`: not a pack, or broken, and where
 *
 * @example
 * using pack = openPack(await readFile('execsnoop.tar'));
 * for (const { id, version, release } of pack.identities()) console.log(id, version, release);
 */
export function openPack(bytes: Bytes): Pack {
  return Pack.open(bytes);
}

/** A file to be packed, by its path in the pack or by the kernel it is the trimmed BTF of. */
export type PackInput = { path: string; bytes: Bytes } | { identity: Identity; bytes: Bytes };

/**
 * Writes a pack. Equal input gives equal bytes, in whatever order the entries come.
 *
 * @param options.package - ecc's `package.json`, put in as it is
 * @param options.container - `tar` for bpf-compatible-rs and ecli, `tar.gz` for the C libraries and inspektor-gadget
 * @param options.layout - the reader: says where kernels go, and whether names begin with `./`
 * @throws BpfcError `PACK_NAME`: a path that does not fit a pack; `PACK_DUPLICATE`: a path twice
 *
 * @example
 * const pack = createPack({ package: object.packageJson('execsnoop.bpf.o').json, entries: [{ identity, bytes: btf }], container: 'tar' });
 */
export function createPack(options: {
  package?: Bytes | string | undefined;
  entries: Iterable<PackInput>;
  container: 'tar' | 'tar.gz';
  layout?: Layout | undefined;
}): Uint8Array {
  const home = instance();
  const { layout = 'bpf-compatible' } = options;
  const files: [path: string, bytes: Uint8Array][] = [];
  if (options.package !== undefined) {
    const text = options.package;
    files.push(['package.json', typeof text === 'string' ? new TextEncoder().encode(text) : toBytes(text)]);
  }
  for (const entry of options.entries) {
    files.push(['path' in entry ? entry.path : packPath(entry.identity, layout), toBytes(entry.bytes)]);
  }
  return enter(home, (glue) => {
    const writer = new glue.PackWriter(layout);
    for (const [path, bytes] of files) writer.add(path, bytes);
    return writer.finish(options.container);
  });
}

/**
 * A relocatable ELF object that holds a pack between the symbols `_binary_min_core_btfs_tar_gz_start` and `_end`, as
 * `ld -r -b binary` makes it; undefined for a machine whose objects are not known.
 *
 * @param machine - by either name: `aarch64`, `arm64`
 */
export function linkableObject(pack: Bytes, machine: string): Uint8Array | undefined {
  const input = toBytes(pack);
  return enter(instance(), (glue) => glue.linkableObject(input, glue.machineOfArch(machine)));
}

/** A C header that holds a pack in an array, `min_core_btfs_tar_gz`. */
export function cHeader(pack: Bytes): string {
  const input = toBytes(pack);
  return enter(instance(), (glue) => glue.cHeader(input));
}

/**
 * The ELF object inside ecc's `package.json`.
 *
 * @throws BpfcError when there is none, or it does not decode
 */
export function programOfPackage(json: Bytes | string): Uint8Array {
  const input = typeof json === 'string' ? new TextEncoder().encode(json) : toBytes(json);
  return enter(instance(), (glue) => glue.programOfPackage(input));
}
