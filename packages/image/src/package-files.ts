// Packages, and where distributions keep a kernel's files in them.
import type { GoOn, TarFile } from './tar-files.js';

/** A package, opened. */
export interface Package {
  /** The control fields, as text, of a Debian package. */
  control?: string;
  /** The machine that it says it is for, as `uname -m` prints it; of a Debian package the control fields do. */
  machine?: string | undefined;
  /** MD5 of each file that the package lists, in hexadecimal, by its path. */
  md5sums: ReadonlyMap<string, string>;
  /** Shows every file to `visit`, one after the other, until it says that no more are wanted. */
  each(visit: (file: TarFile) => Promise<GoOn>): Promise<void>;
}

/** What a file of a package is, and of which kernel. */
export interface PackageFile {
  kind: 'image' | 'debug' | 'config' | 'module';
  /** As `uname -r` prints it. */
  release: string;
  /** Of a module: its name, as in /sys/kernel/btf. */
  module: string;
}

/** Debian and Ubuntu; Red Hat's and newer layouts; each with and without the merged /usr. */
const PLACES: readonly [PackageFile['kind'], RegExp][] = [
  ['debug', /^usr\/lib\/debug\/boot\/vmlinux-(?<release>[^/]+)$/],
  ['debug', /^usr\/lib\/debug\/(?:usr\/)?lib\/modules\/(?<release>[^/]+)\/vmlinux$/],
  ['image', /^boot\/(?:vmlinuz|vmlinux|Image|kernel)-(?<release>[^/]+)$/],
  ['image', /^(?:usr\/)?lib\/modules\/(?<release>[^/]+)\/(?:vmlinuz|vmlinux|Image)$/],
  ['config', /^boot\/config-(?<release>[^/]+)$/],
  ['config', /^(?:usr\/)?lib\/modules\/(?<release>[^/]+)\/config$/],
  ['module', /^(?:usr\/)?lib\/modules\/(?<release>[^/]+)\/.*?(?<module>[^/]+)\.ko(?:\.(?:xz|zst|gz))?$/],
];

/** What the file with this path is; undefined for what is not read. */
export function packageFile(path: string): PackageFile | undefined {
  for (const [kind, place] of PLACES) {
    const { release, module = '' } = place.exec(path)?.groups ?? {};
    // The kernel knows modules by C's names.
    if (release) return { kind, release, module: module.replaceAll('-', '_') };
  }
  return undefined;
}
