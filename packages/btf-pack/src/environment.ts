// What comes from the machine: where the cache is, and which kernel is running.
import { readFile } from 'node:fs/promises';
import { homedir, machine, release } from 'node:os';
import { join } from 'node:path';
import type { System } from '@bpfc/core/command';

/** The running kernel's own BTF. */
export const RUNNING_KERNEL = '/sys/kernel/btf/vmlinux';

const DEFAULT_REPOSITORY = 'https://github.com/aquasecurity/btfhub-archive';

/** `BTFHUB_CACHE`, or `~/.cache/eunomia/btfhub`. */
export function cacheFolder(): string {
  return process.env.BTFHUB_CACHE || join(homedir(), '.cache', 'eunomia', 'btfhub');
}

/** `BTFHUB_REPO`: where kernels are fetched from, several separated by commas. */
export function repositories(): string[] {
  const named = (process.env.BTFHUB_REPO ?? '').split(',').map((url) => url.trim());
  const urls = named.filter((url) => url !== '');
  return urls.length > 0 ? urls : [DEFAULT_REPOSITORY];
}

/** What this machine says of itself. */
export async function thisSystem(): Promise<System> {
  return { osRelease: await osRelease(), machine: machine(), release: release(), current: process.cwd() };
}

/** Where os-release(5) says to look, in its order; a system without either is still a system. */
async function osRelease(): Promise<string> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return await readFile(path, 'utf8');
    } catch {
      // The next place.
    }
  }
  return '';
}
