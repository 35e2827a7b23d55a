// The BTF as libbpf takes it: a path.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BpfcError,
  type Bytes,
  endianOfMachine,
  type Pack,
  parseBtf,
  pointerSizeOfMachine,
} from '@bpfc/core';
import { LoaderCode } from './error.js';
import { readBtf, reason } from './files.js';
import { type Explanation, find, type SelectOptions } from './select.js';
import type { System } from './system.js';

/** The BTF that a program is loaded with. Made by {@link ensureCoreBtf}. */
export class CoreBtf implements Disposable {
  /** Where it comes from. */
  readonly explanation: Explanation;
  /** For libbpf's `btf_custom_path`; undefined where the kernel has BTF of its own, which libbpf finds itself. */
  readonly path: string | undefined;
  readonly #remove: (() => void) | undefined;

  /** @internal */
  constructor(explanation: Explanation, file: { path?: string; remove?: () => void } = {}) {
    this.explanation = explanation;
    this.path = file.path;
    this.#remove = file.remove;
  }

  get source(): Explanation['source'] {
    return this.explanation.source;
  }

  /** Removes the file, if one was made; it also goes when the process exits. libbpf needs it until the program is loaded. */
  dispose(): void {
    this.#remove?.();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Finds the BTF as `select` does, and writes it into a file of this user's alone where it is in the pack. With native BTF
 * nothing is unpacked.
 *
 * @throws BpfcError `PACK_NO_MATCH`: there is none for this kernel, with what was tried; `LOADER_MACHINE`: it is of another kind
 * of machine; `LOADER_FILE`: the file that is named cannot be read, or none can be made; `BTF_…`: it is damaged; and what `select`
 * throws
 *
 * @example
 * using core = ensureCoreBtf(await readFile('execsnoop.tar'));
 * spawnSync('./execsnoop', core.path === undefined ? [] : ['--btf', core.path]);
 */
export function ensureCoreBtf(pack: Bytes | Pack, options: SelectOptions = {}): CoreBtf {
  return find(pack, options, ({ system, explanation, inside }) => {
    const { path, error } = explanation;
    if (error) throw new BpfcError(error.code, error.message);
    if (inside) {
      const bytes = Buffer.from(inside.pack.read(inside.entry.path) ?? []);
      refuseOtherMachine(inside.entry.path, bytes, system);
      return new CoreBtf(explanation, temporaryFile(bytes));
    }
    if (explanation.source !== 'explicit' || path === null) return new CoreBtf(explanation);
    refuseOtherMachine(path, readBtf(path), system);
    return new CoreBtf(explanation, { path });
  });
}

/** `BTF_MAGIC` of include/uapi/linux/btf.h, in either byte order. */
const MAGICS = [0xeb9f, 0x9feb];

/** libbpf trusts what it is given: a program would read wrong bytes. It unpacks nothing, which `parseBtf` does. */
function refuseOtherMachine(name: string, bytes: Buffer, { machine }: System): void {
  if (bytes.length < 2 || !MAGICS.includes(bytes.readUInt16LE())) {
    throw new BpfcError('BTF_MAGIC', `${name}: not BTF: it should start with 9f eb or eb 9f`);
  }
  using btf = parseBtf(bytes);
  const { endian, pointerSize } = btf.info();
  const refuse = (what: string) =>
    new BpfcError(LoaderCode.machine, `${name} is ${what}, and this machine ${machine}`, { value: machine });
  if (endian !== (endianOfMachine(machine) ?? endian)) throw refuse(`${endian}-endian`);
  const expected = pointerSizeOfMachine(machine) ?? pointerSize;
  if (pointerSize !== null && pointerSize !== expected) throw refuse(`of ${pointerSize * 8} bits`);
}

/** Folders that are there, for the end of the process. */
const folders = new Set<string>();

/** In a folder of its own, which nobody else can enter; a name that exists is never followed or written to. */
function temporaryFile(bytes: Uint8Array): { path: string; remove(): void } {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'bpfc-'));
    if (folders.size === 0) process.once('exit', removeAll);
    folders.add(folder);
    const path = join(folder, 'vmlinux.btf');
    try {
      writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      remove(folder);
      throw error;
    }
    return { path, remove: () => remove(folder) };
  } catch (cause) {
    throw new BpfcError(LoaderCode.file, `cannot make a temporary file: ${reason(cause)}`, { cause });
  }
}

function removeAll(): void {
  for (const folder of folders) remove(folder);
}

function remove(folder: string): void {
  if (!folders.delete(folder)) return;
  rmSync(folder, { recursive: true, force: true });
  if (folders.size === 0) process.off('exit', removeAll);
}
