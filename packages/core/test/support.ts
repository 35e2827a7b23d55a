// Real kernels and objects for the tests of the built package.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objects } from '@bpfc/fixtures';

const ARCHIVE =
  process.env.BPFC_ARCHIVE ?? fileURLToPath(new URL('../../../../shared/btfhub-archive', import.meta.url));

if (process.env.BPFC_ARCHIVE !== undefined && !existsSync(ARCHIVE)) {
  throw new Error(`BPFC_ARCHIVE=${ARCHIVE}: no such folder`);
}

/** One real kernel in the form it is found in: a Debian one of the archive, or, without one, the running kernel. */
export const kernel: Uint8Array = readFileSync(
  existsSync(ARCHIVE) ? archived('-amd64.btf.tar.xz') : '/sys/kernel/btf/vmlinux',
);

/** A compiled object of packages/fixtures. */
export function object(name: string, target: 'bpfel' | 'bpfeb' = 'bpfel'): Uint8Array {
  return readFileSync(new URL(`${target}/${name}.bpf.o`, objects));
}

/** The names of all objects of one byte order. */
export function objectNames(target: 'bpfel' | 'bpfeb'): string[] {
  const files = readdirSync(new URL(target, objects)).filter((file) => file.endsWith('.bpf.o'));
  return files.map((file) => file.replace(/\.bpf\.o$/, '')).sort();
}

function archived(ending: string): string {
  const files = readdirSync(ARCHIVE, { recursive: true, encoding: 'utf8' }).sort();
  const file = files.find((name) => name.endsWith(ending));
  if (!file) throw new Error(`${ARCHIVE}: no file that ends in ${ending}`);
  return join(ARCHIVE, file);
}
