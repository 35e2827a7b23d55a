// The BTF as libbpf takes it: a path.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BpfcError, type Bytes, type Pack } from '@bpfc/core';
import { LoaderCode } from './error.js';
import { reason } from './files.js';
import { type Explanation, find, refuseOtherArch, refuseOtherMachine, type SelectOptions } from './select.js';

/** The BTF that a program is loaded with. */
export interface CoreBtf extends Disposable {
  /** For libbpf's `btf_custom_path`; undefined where the kernel has BTF of its own, which libbpf finds itself. */
  readonly path: string | undefined;
  readonly source: 'explicit' | 'native' | 'pack';
  readonly explanation: Explanation;
  /** Removes the file, if one was made; it also goes when the process exits. libbpf needs it until the program is loaded. */
  dispose(): void;
}

/**
 * Finds the BTF as `select` does, and writes it into a file of this user's alone where it is in the pack. With native BTF
 * nothing is unpacked.
 *
 * @throws BpfcError `PACK_NO_MATCH`: there is none for this kernel, with what was tried; `LOADER_FILE`: no file can be made;
 * and what `select` throws
 *
 * @example
 * using core = ensureCoreBtf(await readFile('execsnoop.tar'));
 * spawnSync('./execsnoop', core.path === undefined ? [] : ['--btf', core.path]);
 */
export function ensureCoreBtf(pack: Bytes | Pack, options: SelectOptions = {}): CoreBtf {
  return find(pack, options, ({ system, explanation, entry }, opened) => {
    const { source, path, key } = explanation;
    if (source === null) opened?.requireSelected(system, options.nearest ? { nearest: true } : {});
    if (source === 'explicit' && path !== null) return coreBtf(source, explanation, { path });
    if (!opened || !entry) return coreBtf('native', explanation);
    refuseOtherArch(entry, system);
    const bytes = opened.read(entry.path) ?? new Uint8Array();
    refuseOtherMachine(key ?? entry.path, bytes, system);
    return coreBtf(source ?? 'pack', explanation, temporaryFile(bytes));
  });
}

function coreBtf(
  source: CoreBtf['source'],
  explanation: Explanation,
  file: { path?: string; remove?: () => void } = {},
): CoreBtf {
  const dispose = () => file.remove?.();
  return { path: file.path, source, explanation, dispose, [Symbol.dispose]: dispose };
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
