// Which kernel a BTF is of, and the paths and globs that say so. The rules are the core's.
import type { Endian } from './btf-types.js';
import { type Bytes, toBytes } from './bytes.js';
import { enter, instance } from './instance.js';

/** Names one kernel, as the target prints it. */
export interface Identity {
  /** `ID` of os-release: `ubuntu`. */
  id: string;
  /** `VERSION_ID` of os-release: `20.04`. */
  version: string;
  /** As `uname -m` prints it: `aarch64`, not `arm64`. */
  arch: string;
  /** As `uname -r` prints it. */
  release: string;
}

/** The identity in a path that ends `<id>/<version>/<arch>/<release>.btf` (also `.btf.tar.xz`), or undefined. */
export function identityOfPath(path: string): Identity | undefined {
  const json = call((glue) => glue.identityOfPath(path));
  return json === undefined ? undefined : JSON.parse(json);
}

/**
 * The reader a pack is made for: bpf-compatible (and ecli), bcc's libbpf-tools, inspektor-gadget, or one that knows
 * nothing but the release.
 */
export type Layout = 'bpf-compatible' | 'bcc' | 'ig' | 'flat';

/**
 * Where a reader looks for this kernel's BTF: `btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf`.
 *
 * @param layout - the reader
 * @param form - what holds the files; inspektor-gadget looks elsewhere in a folder than in a tar
 * @throws BpfcError `IDENTITY_PART`: a part is empty, `.`, `..`, or holds `/` or NUL
 */
export function packPath(
  { id, version, arch, release }: Identity,
  layout: Layout = 'bpf-compatible',
  form: 'tar' | 'folder' = 'tar',
): string {
  return call((glue) => glue.packPath(id, version, arch, release, layout, form === 'folder'));
}

/**
 * The name under which a reader looks for this kernel that joins `ID` and `VERSION_ID` of os-release as they are, where
 * that is another one and certain: `rhel/8.2/...` for a kernel `...el8_2...` of `rhel/8`. Else undefined.
 */
export function aliasOf({ id, version, arch, release }: Identity): Identity | undefined {
  const json = call((glue) => glue.aliasOf(id, version, arch, release));
  return json === undefined ? undefined : JSON.parse(json);
}

/** What `uname -m` prints for an archive's name of an architecture: `arm64` -> `aarch64`; others unchanged. */
export function machineOfArch(arch: string): string {
  return call((glue) => glue.machineOfArch(arch));
}

/** The byte order of a machine as `uname -m` prints it; undefined when it is not known. */
export function endianOfMachine(machine: string): Endian | undefined {
  return call((glue) => glue.endianOfMachine(machine)) as Endian | undefined;
}

/** Bytes of a pointer on a machine as `uname -m` prints it; undefined when it is not known. */
export function pointerSizeOfMachine(machine: string): 4 | 8 | undefined {
  return call((glue) => glue.pointerSizeOfMachine(machine)) as 4 | 8 | undefined;
}

/**
 * Does `glob` match `id/version/arch/release`? `*` crosses `/`, `?` is one character, all else is literal, `+`
 * too. `arm64` and `aarch64` match each other.
 */
export function kernelMatches(glob: string, { id, version, arch, release }: Identity): boolean {
  return call((glue) => glue.kernelMatches(glob, id, version, arch, release));
}

/** The identity of a running system, from the text of its os-release file, `uname -m` and `uname -r`. */
export function systemIdentity(system: { osRelease: string; machine: string; release: string }): Identity {
  return JSON.parse(call((glue) => glue.systemIdentity(system.osRelease, system.machine, system.release)));
}

/** SHA-256, in hexadecimal. */
export function sha256(bytes: Bytes): string {
  const input = toBytes(bytes);
  return call((glue) => glue.sha256(input));
}

/** The version of the core. */
export function version(): string {
  return call((glue) => glue.version());
}

function call<T>(use: Parameters<typeof enter<T>>[1]): T {
  return enter(instance(), use);
}
