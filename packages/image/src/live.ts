// The running kernel.
import { readdir, readFile } from 'node:fs/promises';
import { machine, release } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BpfcError, systemIdentity } from '@bpfc/core';
import { ImageCode } from './error.js';
import type { FoundKernel } from './read.js';

const FOLDER = '/sys/kernel/btf';

/** The kernel's own BTF, its loaded modules' and its config, where this machine shows them. */
export async function readLive(): Promise<FoundKernel> {
  const btf = await readFile(join(FOLDER, 'vmlinux')).catch((cause) => {
    throw new BpfcError(
      ImageCode.noTypes,
      `the running kernel shows no BTF (${join(FOLDER, 'vmlinux')}); give its image or the package of its debug symbols`,
      { cause },
    );
  });
  const said = systemIdentity({ osRelease: await osRelease(), machine: machine(), release: release() });
  const modules = new Map<string, Uint8Array>();
  for (const name of await readdir(FOLDER)) {
    if (name !== 'vmlinux') modules.set(name, gzipSync(await readFile(join(FOLDER, name))));
  }
  return { btf, native: true, origin: 'live', said, modules, config: await config(said.release) };
}

async function osRelease(): Promise<string> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return '';
}

/** Where distributions put it, or where the kernel has it itself (CONFIG_IKCONFIG_PROC). */
async function config(release: string): Promise<Uint8Array | undefined> {
  const file = await readFile(`/boot/config-${release}`).catch(() => undefined);
  const own = () => readFile('/proc/config.gz').catch(() => undefined);
  if (file) return file;
  const packed = await own();
  return packed && gunzipSync(packed);
}
