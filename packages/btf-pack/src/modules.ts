// Module BTFs beside the kernels: `--modules DIR`.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Identity, machineOfArch } from '@bpfc/core';
import { CliCode, io } from './errors.js';

const MODULE_FILE = /\.btf(\.(xz|gz))?$/;

/** Finds the module BTFs of a kernel, by name. None for a kernel that has none. */
export type FindModules = (identity: Identity) => readonly string[];

/**
 * Reads which module BTFs there are below `folder`, in the layout `ID/VERSION/ARCH/RELEASE/MODULE.btf` with either name of
 * the architecture.
 *
 * @throws CliError `IO_READ`
 */
export async function modulesIn(folder: string): Promise<FindModules> {
  const found = await io(CliCode.read, folder, () => readdir(folder, { recursive: true }));
  const byKernel = new Map<string, string[]>();
  for (const path of found.filter((path) => MODULE_FILE.test(path)).sort()) {
    const [id, version, arch, release, module, ...deeper] = path.split('/');
    if (!id || !version || !arch || !release || !module || deeper.length > 0) continue;
    const key = keyOf({ id, version, arch: machineOfArch(arch), release });
    byKernel.set(key, [...(byKernel.get(key) ?? []), join(folder, path)]);
  }
  return (identity) => byKernel.get(keyOf(identity)) ?? [];
}

/** `nf_conntrack` of `.../nf_conntrack.btf.xz`. */
export function moduleName(file: string): string {
  return basename(file).replace(MODULE_FILE, '');
}

function keyOf({ id, version, arch, release }: Identity): string {
  return [id, version, arch, release].join('/');
}
