// Puts a kernel that was added into the cache:
//
//   <cache>/btfhub-archive/ID/VERSION/ARCH/RELEASE.btf.tar.xz   its BTF, where BTFHub would have it
//   <cache>/btfhub-modules/ID/VERSION/ARCH/RELEASE/M.btf.gz     its modules' BTFs, as `pack --modules` reads them
//   <cache>/btfhub-configs/ID/VERSION/ARCH/RELEASE.config       its config
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Identity } from '@bpfc/core';
import type { FoundKernel } from '@bpfc/image';
import { CliCode, io } from './errors.js';
import { beginFile, beginTree, type PendingOutput } from './output.js';
import { say } from './print.js';

/** Below the cache, beside the archive. */
export const MODULES = 'btfhub-modules';
export const CONFIGS = 'btfhub-configs';

/** Puts all of it in place, each file whole or not at all; the BTF and the catalog last. Returns the path of the BTF. */
export async function land(folder: string, identity: Identity, kernel: FoundKernel): Promise<string> {
  const [{ archived }, { WritableCache }] = await Promise.all([import('@bpfc/image'), import('@bpfc/hub')]);
  const path = pathOf(identity);
  const name = `${path}.btf.tar.xz`;
  const btf = archived(identity.release, kernel.btf);
  const onWait = () => say('another process fills the cache; waiting for it');
  const cache = await WritableCache.lock(folder, { onWait });
  try {
    if (kernel.modules.size > 0) {
      const files = Array.from(kernel.modules, ([name, bytes]) => [`${name}.btf.gz`, bytes] as const);
      await placeTree(join(folder, MODULES, path), new Map(files));
    }
    if (kernel.config) await place(join(folder, CONFIGS, `${path}.config`), kernel.config);
    await cache.put(name, btf, kernel.native ? { native: true } : {});
    await cache.save();
    return cache.file(name);
  } finally {
    await cache.close();
  }
}

/** As BTFHub names folders: `arm64`, where the machine calls itself `aarch64`. */
function pathOf({ id, version, arch, release }: Identity): string {
  return [id, version, arch === 'aarch64' ? 'arm64' : arch, release].join('/');
}

async function place(path: string, bytes: Uint8Array): Promise<void> {
  await io(CliCode.write, path, () => mkdir(dirname(path), { recursive: true }));
  await commit(await beginFile(path), bytes);
}

async function placeTree(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await io(CliCode.write, path, () => mkdir(dirname(path), { recursive: true }));
  await commit(await beginTree(path, true), files);
}

async function commit<Content>(output: PendingOutput<Content>, content: Content): Promise<void> {
  try {
    await output.commit(content);
  } finally {
    await output.discard();
  }
}
