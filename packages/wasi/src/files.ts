// Files between JavaScript and the file system of a run.
import { BpfcError } from '@bpfc/core/base';
import type { MemFS } from '../wasm/host.js';
import { WasiCode } from './error.js';

/** Bytes by path, without a leading `/`. */
export type Files = Map<string, Uint8Array>;

/**
 * Names files by their paths from the root, which is where the command starts.
 *
 * @throws BpfcError `WASI_PATH`
 */
export function rooted(files: Iterable<[string, Uint8Array]>): Files {
  const rooted: Files = new Map();
  for (const [path, bytes] of files) {
    const parts = path.replace(/^\//, '').split('/');
    if (parts.some((part) => ['', '.', '..'].includes(part))) {
      throw new BpfcError(WasiCode.path, `${path}: not the path of a file`, { value: path });
    }
    rooted.set(parts.join('/'), bytes);
  }
  for (const path of rooted.keys()) {
    const file = foldersOf(path).find((folder) => rooted.has(folder));
    if (file) throw new BpfcError(WasiCode.path, `${path}: ${file} is a file too`, { value: path });
  }
  return rooted;
}

/** Writes files into an empty file system. */
export function place(fs: MemFS, files: Files): void {
  // The file system would make a second folder of one name.
  const folders = new Set([...files.keys()].flatMap(foldersOf));
  for (const folder of folders) fs.createDir(`/${folder}`);
  for (const [path, bytes] of files) {
    const file = fs.open(`/${path}`, { write: true, create: true });
    file.write(bytes);
    file.free();
  }
}

/** The files that are new or have other bytes. */
export function changed(fs: MemFS, before: Files): Files {
  const found: Files = new Map();
  for (const path of pathsBelow(fs, '/')) {
    const file = fs.open(path, { read: true });
    const bytes = file.read();
    file.free();
    const name = path.slice(1);
    if (!isEqual(bytes, before.get(name))) found.set(name, bytes);
  }
  return found;
}

/** `a`, `a/b` for `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function pathsBelow(fs: MemFS, folder: string): string[] {
  return fs
    .readDir(folder)
    .flatMap(({ path, metadata }) => (metadata.filetype.dir ? pathsBelow(fs, path) : [path]))
    .sort();
}

/** A loop: with `every`, a kernel's BTF takes five times as long. */
function isEqual(bytes: Uint8Array, other: Uint8Array | undefined): boolean {
  if (bytes.length !== other?.length) return false;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] !== other[index]) return false;
  }
  return true;
}
