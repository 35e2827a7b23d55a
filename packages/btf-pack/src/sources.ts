// Where kernels' BTFs are looked for. Which kernel each is of, the core says.
import { realpathSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@bpfc/core/base';
import { Found, type Listing, type ModuleFiles, type System } from '@bpfc/core/command';
import { cacheFolder, RUNNING_KERNEL } from './environment.js';
import { CliCode, io } from './errors.js';
import { CONFIGS, MODULES } from './land.js';

/** What git and the cache have for themselves; the last holds the whole clones of former versions. */
const SKIPPED_FOLDERS = new Set(['.git', '.lock', '.partial', 'btfhub-archive-repos', MODULES, CONFIGS]);

/**
 * The kernels in `from`, files and folders in the archive's layout; without any, those of the cache, else the running
 * kernel.
 *
 * @param arch - for files whose path does not say
 */
export async function findKernels(from: readonly string[], arch: string, system: System): Promise<Found> {
  if (from.length > 0) return kernelsFrom(from, arch, system);
  const found = await kernelsOfCache(arch, system);
  if (found) return found;
  const hasBtf = await stat(RUNNING_KERNEL).catch(() => undefined);
  return Found.running(hasBtf !== undefined, cacheFolder(), system);
}

/** Of two files for one kernel the one named first counts. */
async function kernelsFrom(from: readonly string[], arch: string, system: System): Promise<Found> {
  const listings: Listing[] = [];
  for (const path of from) listings.push(await list(path));
  return Found.among(listings, arch, system);
}

/** The kernels in the cache, or undefined when there are none. */
export async function kernelsOfCache(arch: string, system: System): Promise<Found | undefined> {
  const cache = cacheFolder();
  const exists = await stat(cache).catch(() => undefined);
  return exists && Found.inCache(await list(cache), arch, system);
}

/** Every file below a folder of modules. */
export async function modulesIn(folder: string): Promise<ModuleFiles> {
  const start = join(folder, 'x').length - 1;
  const files = await io(CliCode.read, folder, () => filesBelow(folder));
  return { folder, files: files.map((file) => file.slice(start)) };
}

/** A file by itself, a folder with every file below it. */
export async function list(path: string): Promise<Listing> {
  return io(CliCode.read, path, async () => {
    const folder = (await stat(path)).isDirectory();
    const files = folder ? await filesBelow(path) : [path];
    return {
      path,
      folder,
      files: files.map((file) => ({ file, running: realPath(file) === RUNNING_KERNEL })),
    };
  });
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of walk(folder, [])) files.push(file);
  return files;
}

/** Follows links, so that an archive may be put together from several disks, but none back to where it came from. */
async function* walk(folder: string, ancestors: readonly string[]): AsyncGenerator<string> {
  const listed = await lookInto(folder).catch((error) => {
    // It may be gone by now: while a cache is filled it has folders that come and go.
    if (ancestors.length === 0 || systemCode(error) !== 'ENOENT') throw error;
  });
  if (listed === undefined || ancestors.includes(listed.real)) return;
  for (const entry of listed.entries) {
    const path = join(folder, entry.name);
    const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
    if (!target?.isDirectory()) yield path;
    else if (!SKIPPED_FOLDERS.has(entry.name)) yield* walk(path, [...ancestors, listed.real]);
  }
}

async function lookInto(folder: string) {
  return { real: await realpath(folder), entries: await readdir(folder, { withFileTypes: true }) };
}

/** Without waiting: archives have thousands of files, and a wait takes ten times as long as the answer. */
function realPath(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}
