// Where kernels' BTFs are found, and which kernel each is of.
import { realpathSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { endianOfMachine, type Identity, identityOfPath, packPath } from '@bpfc/core';
import { cacheFolder, RUNNING_KERNEL, runningIdentity } from './environment.js';
import { CliCode, CliError, io, type Problem } from './errors.js';

/** One kernel's BTF, not read yet. */
export interface KernelSource {
  /** The file that holds it. */
  file: string;
  identity: Identity;
  /** Where it goes in the pack. */
  path: string;
}

/** What was found. */
export interface Sources {
  /** In a fixed order: by path in the pack. */
  kernels: KernelSource[];
  /** Files that are of a kernel already found. */
  duplicates: KernelSource[];
  /** Where it was looked, for the summary. */
  origin: string;
  warnings: Problem[];
}

/** The clones below the cache, whose files the cache links to. */
export const CLONES = 'btfhub-archive-repos';

const KERNEL_FILE = /\.btf(\.tar)?(\.(xz|gz))?$/;
const SKIPPED_FOLDERS = new Set(['.git', CLONES]);

/**
 * The kernels in `from` (files, and folders in the archive's layout). Of two files for one kernel the one named
 * first counts.
 *
 * @param arch - for files whose path does not say
 */
export async function kernelsFrom(from: readonly string[], arch: string): Promise<Sources> {
  const files: string[] = [];
  for (const path of from) {
    const found = await io(CliCode.read, path, () => filesOf(path));
    if (found.length === 0) {
      throw new CliError(
        CliCode.sourceEmpty,
        `${path}: no kernel's BTF in it; expected files named <release>.btf or <release>.btf.tar.xz`,
      );
    }
    files.push(...found);
  }
  return identify(files, arch, from.join(', '));
}

/** The kernels in the cache, or undefined when there are none. */
export async function kernelsOfCache(arch: string): Promise<Sources | undefined> {
  const cache = cacheFolder();
  const exists = await stat(cache).catch(() => undefined);
  if (!exists) return undefined;
  const files = await io(CliCode.read, cache, () => filesOf(cache));
  return files.length > 0 ? identify(files, arch, cache) : undefined;
}

/** The running kernel alone. `why` goes to the summary. */
export async function runningKernel(why: string): Promise<Sources> {
  const exists = await stat(RUNNING_KERNEL).catch(() => undefined);
  if (!exists) {
    throw new CliError(
      CliCode.sourceEmpty,
      `${why}, and the running kernel has no BTF of its own (${RUNNING_KERNEL}); run \`btf-pack fetch\`, or name an archive with --from`,
    );
  }
  return identify([RUNNING_KERNEL], '', `${RUNNING_KERNEL}, the running kernel: ${why}`);
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const files: string[] = [];
  for await (const file of walk(path, [])) files.push(file);
  // Of a kernel's `.btf` and `.btf.tar.xz` side by side the archive counts: the predecessor of this tool
  // trimmed the unpacked file in place.
  return files.sort((a, b) => Number(isBare(a)) - Number(isBare(b)) || compare(a, b));
}

/** Follows links, so that an archive may be put together from several disks, but none back to where it came from. */
async function* walk(folder: string, ancestors: readonly string[]): AsyncGenerator<string> {
  const real = await realpath(folder);
  if (ancestors.includes(real)) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
    if (target?.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) yield* walk(path, [...ancestors, real]);
    } else if (KERNEL_FILE.test(entry.name)) {
      yield path;
    }
  }
}

async function identify(files: readonly string[], arch: string, origin: string): Promise<Sources> {
  const first = new Map<string, KernelSource>();
  const duplicates: KernelSource[] = [];
  const warnings: Problem[] = [];
  for (const file of files) {
    const known = await identityOf(file);
    const identity = known ?? { id: 'unknown', version: '0', arch, release: stem(file) };
    const source = { file, identity, path: packPath(identity) };
    if (first.has(source.path)) {
      duplicates.push(source);
      continue;
    }
    first.set(source.path, source);
    if (!known) {
      const message = `${file}: the path does not say which kernel this is, packed as ${identityText(identity)}; name it .../ID/VERSION/ARCH/RELEASE.btf`;
      warnings.push({ code: CliCode.sourceUnknown, message });
    }
  }
  const kernels = [...first.values()].sort((a, b) => compare(a.path, b.path));
  return { kernels, duplicates, origin, warnings };
}

async function identityOf(file: string): Promise<Identity | undefined> {
  if (realPath(file) === RUNNING_KERNEL) return runningIdentity();
  const identity = identityOfPath(resolve(file));
  // Any four folders have the shape of an archive's path; the architecture tells which ones are.
  return identity && endianOfMachine(identity.arch) ? identity : undefined;
}

/** Without waiting: archives have thousands of files, and a wait takes ten times as long as the answer. */
function realPath(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}

/** `ubuntu/20.04/x86_64/5.4.0-26-generic` */
export function identityText({ id, version, arch, release }: Identity): string {
  return `${id}/${version}/${arch}/${release}`;
}

function stem(file: string): string {
  return basename(file).replace(KERNEL_FILE, '');
}

function isBare(file: string): boolean {
  return file.endsWith('.btf');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
