// Fills the cache from git repositories in the archive's layout:
//
//   <cache>/btfhub-archive-repos/<repository>/   a shallow clone of each
//   <cache>/btfhub-archive/ID/VERSION/ARCH/...   their files together, as hard links into the clones
//
// The layout, and that the repository named first wins, are the predecessor's; it copied.
import { constants, type Dirent, type Stats } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { CliCode, io } from './errors.js';
import { git } from './git.js';
import { removeTemporary, temporaryBeside } from './output.js';
import { CLONES } from './sources.js';

const ARCHIVE = 'btfhub-archive';

/** At the top of a repository, and not of the archive. */
const NOT_KERNELS = new Set(['.git', '.gitignore', 'LICENSE', 'README.md']);

/** Brings every repository up to date, in order. `say` gets a line for each step. */
export async function fillCache(
  cache: string,
  urls: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  const archive = join(cache, ARCHIVE);
  const taken = new Set<string>();
  for (const url of urls) {
    const clone = join(cache, CLONES, url.replace(/[^A-Za-z0-9._-]/g, '_'));
    say(`${url}: fetching into ${clone}`);
    await update(url, clone);
    const changed = await io(CliCode.write, archive, () => merge(clone, archive, taken));
    say(`${url}: ${changed} new or changed files in ${archive}`);
  }
}

async function update(url: string, clone: string): Promise<void> {
  const talk = process.stderr.isTTY ? '--progress' : '--quiet';
  if (await lstat(join(clone, '.git')).catch(() => undefined)) {
    // By name, not by -C: git would look for a repository in the folders above.
    const repository = [`--git-dir=${join(clone, '.git')}`, `--work-tree=${clone}`];
    await git([...repository, 'fetch', talk, '--depth', '1', 'origin', 'HEAD']);
    await git([...repository, 'reset', '--quiet', '--hard', 'FETCH_HEAD']);
    return;
  }
  await io(CliCode.write, clone, () => mkdir(dirname(clone), { recursive: true }));
  // Under another name until it is complete.
  const temporary = temporaryBeside(clone);
  try {
    await git(['clone', talk, '--depth', '1', '--', url, temporary]);
    await io(CliCode.write, clone, async () => {
      await rm(clone, { recursive: true, force: true });
      await rename(temporary, clone);
    });
  } finally {
    await removeTemporary(temporary);
  }
}

/** Shows the clone's files in the archive; returns how many are new or changed. `taken`: paths of clones before. */
async function merge(clone: string, archive: string, taken: Set<string>): Promise<number> {
  let changed = 0;
  for await (const { path, entry } of tree(clone, '')) {
    // Nothing goes below what another repository has as a file or a link.
    if (taken.has(path) || ancestors(path).some((folder) => taken.has(folder))) continue;
    const from = join(clone, path);
    if (entry.isSymbolicLink() && leadsOut(path, await readlink(from))) continue;
    taken.add(path);
    const to = join(archive, path);
    await mkdir(dirname(to), { recursive: true });
    const placed = entry.isSymbolicLink() ? await placeLink(from, to) : await placeFile(from, to);
    if (placed) changed += 1;
  }
  return changed;
}

async function* tree(root: string, folder: string): AsyncGenerator<{ path: string; entry: Dirent }> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    if (folder === '' && NOT_KERNELS.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* tree(root, path);
    else yield { path, entry };
  }
}

/** Links are there for codenames (`debian/bullseye` -> `11`), not to leave the archive. */
function leadsOut(path: string, target: string): boolean {
  return isAbsolute(target) || normalize(join(dirname(path), target)).startsWith('..');
}

async function placeLink(from: string, to: string): Promise<boolean> {
  if (await lstat(to).catch(() => undefined)) return false;
  await symlink(await readlink(from), to);
  return true;
}

async function placeFile(from: string, to: string): Promise<boolean> {
  const there = await lstat(to).catch(() => undefined);
  const source = await lstat(from);
  if (there?.isDirectory() || (there && same(there, source))) return false;
  const temporary = temporaryBeside(to);
  try {
    await link(from, temporary).catch(() => copy(from, temporary, source));
    await rename(temporary, to);
  } finally {
    await removeTemporary(temporary);
  }
  return true;
}

/** For file systems without hard links. */
async function copy(from: string, to: string, { atime, mtime }: Stats): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await utimes(to, atime, mtime);
}

function same(a: Stats, b: Stats): boolean {
  return a.ino === b.ino || (a.size === b.size && Math.trunc(a.mtimeMs) === Math.trunc(b.mtimeMs));
}

function ancestors(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
