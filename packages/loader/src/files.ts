// BTF in files as libbpf takes it: raw, or the `.BTF` section of an ELF file.
import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { BpfcError } from '@bpfc/core/base';
import { LoaderCode } from './error.js';

const ELF_MAGIC = '\x7fELF';
const ELF_HEADER_BYTES = 64;
/** Bytes of BTF that are read; the largest known has 44 MB. */
const MAX_BTF_BYTES = 256 << 20;
/** Bytes of the names of sections that are read. */
const MAX_NAME_BYTES = 1 << 20;

/** What a system call says went wrong. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether this process may read a file. */
export function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first bytes of a file, at most so many. */
export function readStart(path: string, size: number): Buffer {
  return withFile(path, (file) => read(file, 0, size));
}

/** Whether an ELF file has BTF. What cannot be read has none. */
export function elfHasBtf(path: string): boolean {
  try {
    return withFile(path, (file) => btfSection(file)) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The raw BTF in a file.
 *
 * @throws BpfcError `LOADER_FILE`: it cannot be read; `ELF_NO_BTF`
 */
export function readBtf(path: string): Buffer {
  try {
    return withFile(path, (file) => {
      const isElf = read(file, 0, ELF_MAGIC.length).toString('latin1') === ELF_MAGIC;
      const section = isElf ? btfSection(file) : { at: 0, size: fstatSync(file).size };
      if (!section) throw new BpfcError('ELF_NO_BTF', `${path}: no .BTF section`);
      if (section.size > MAX_BTF_BYTES) throw new Error(`${section.size} bytes are no kernel's BTF`);
      return read(file, section.at, section.size);
    });
  } catch (cause) {
    if (cause instanceof BpfcError) throw cause;
    throw new BpfcError(LoaderCode.file, `cannot read ${path}: ${reason(cause)}`, { cause });
  }
}

/** A pipe, which could keep its reader waiting for ever, and a device, which could go on for ever, are no files. */
function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is no file');
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** Where bytes are in a file. */
interface Extent {
  at: number;
  size: number;
}

/**
 * Places of what is read, in bytes (elf.h). Of the file's header (Elf32_Ehdr, Elf64_Ehdr): `table`, where the section headers
 * are, and `shape`, the size of one, their number, and which one has the names. Of a section's header (Elf32_Shdr, Elf64_Shdr):
 * `offset` and `size`.
 */
const LAYOUT = {
  32: { word: 4, table: 0x20, shape: 0x2e, entry: 40, offset: 0x10, size: 0x14 },
  64: { word: 8, table: 0x28, shape: 0x3a, entry: 64, offset: 0x18, size: 0x20 },
} as const;

/** Only the tables of the file are read: debug images of kernels have hundreds of megabytes. */
function btfSection(file: number): Extent | undefined {
  const header = read(file, 0, ELF_HEADER_BYTES);
  if (header.length < ELF_HEADER_BYTES || header.toString('latin1', 0, 4) !== ELF_MAGIC) return undefined;
  const { word, entry, ...place } = LAYOUT[header[4] === 1 ? 32 : 64];
  const little = header[5] === 1;
  const half = (bytes: Buffer, at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const int = (bytes: Buffer, at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const long = (bytes: Buffer, at: number) =>
    word === 4 ? int(bytes, at) : Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));

  const count = half(header, place.shape + 2);
  if (half(header, place.shape) !== entry) return undefined;
  const table = read(file, long(header, place.table), entry * count);
  const section = (index: number): Extent => ({
    at: long(table, index * entry + place.offset),
    size: long(table, index * entry + place.size),
  });
  const { at, size } = section(half(header, place.shape + 4));
  const strings = read(file, at, Math.min(size, MAX_NAME_BYTES)).toString('latin1');
  for (let index = 0; index < count; index++) {
    const name = int(table, index * entry);
    if (strings.startsWith('.BTF\0', name)) return section(index);
  }
  return undefined;
}

/** Fewer bytes where the file ends. */
function read(file: number, at: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(file, bytes, filled, size - filled, at + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
