// Module BTFs beside the kernels: `--modules DIR`.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Identity, machineOfArch } from '@bpfc/core';
import { CliCode, CliError, io } from './errors.js';

const MODULE_FILE = /\.btf(\.(xz|gz))?$/;

/** Finds the module BTFs of a kernel, by name. None for a kernel that has none. */
export type FindModules = (identity: Identity) => readonly string[];

/**
 * Reads which module BTFs there are below `folder`, in the layout `ID/VERSION/ARCH/RELEASE/MODULE.btf` with either name of
 * the architecture.
 *
 * @throws CliError `IO_READ`; `SOURCE_EMPTY`: none
 */
export async function modulesIn(folder: string): Promise<FindModules> {
  const found = await io(CliCode.read, folder, () => readdir(folder, { recursive: true }));
  const byKernel = new Map<string, string[]>();
  for (const path of found.filter((path) => MODULE_FILE.test(path)).sort()) {
    const [id, version, arch, release, module, ...deeper] = path.split('/');
    if (!id || !version || !arch || !release || !module || deeper.length > 0) continue;
    const key = keyOf({ id, version, arch: machineOfArch(arch), release });
    const files = byKernel.get(key) ?? [];
    // Given twice its types would be candidates twice.
    if (files.some((file) => moduleName(file) === moduleName(path))) continue;
    byKernel.set(key, [...files, join(folder, path)]);
  }
  if (byKernel.size === 0) {
    throw new CliError(
      CliCode.sourceEmpty,
      `${folder}: no module's BTF in it; expected files named ID/VERSION/ARCH/RELEASE/MODULE.btf`,
    );
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
