// An archive as a folder of files.
import { readdir, readlink, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isArchiveFolder, isArchivePath } from '@bpfc/core';

/** What a folder in the archive's layout has. */
export interface ArchiveFiles {
  /** Bytes of each kernel's file, by path; what lies under a second name is not there twice. */
  files: Map<string, number>;
  /** Links between the folders `ID/VERSION`. */
  aliases: Map<string, string>;
}

/** Folders deep a file is: `ID/VERSION/ARCH`. */
const DEPTH = 3;

/** Links between folders that a repository may have; BTFHub has some ten. */
export const MOST_LINKS = 100;

/** Lists the kernels below `root`. Other files are passed over. */
export async function archiveFiles(root: string): Promise<ArchiveFiles> {
  const found: ArchiveFiles = { files: new Map(), aliases: new Map() };
  await walk(root, '', found);
  return found;
}

async function walk(root: string, folder: string, found: ArchiveFiles): Promise<void> {
  const depth = folder === '' ? 0 : folder.split('/').length;
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const path = posix.join(folder, entry.name);
    if (entry.isSymbolicLink()) {
      const alias = linkedFolder(path, await readlink(join(root, path)));
      if (alias !== undefined) {
        found.aliases.set(path, alias);
        continue;
      }
    }
    const there = entry.isSymbolicLink() || isArchivePath(path) ? await stat(join(root, path)) : entry;
    if (there.isDirectory() && depth < DEPTH) await walk(root, path, found);
    else if (there.isFile() && 'size' in there && isArchivePath(path))
      found.files.set(path, Number(there.size));
  }
}

/** The folder `ID/VERSION` that a link at such a path leads to; undefined for any other link. */
export function linkedFolder(path: string, target: string): string | undefined {
  const folder = posix.normalize(posix.join(posix.dirname(path), target)).replace(/\/$/, '');
  const inside = !posix.isAbsolute(target) && isArchiveFolder(path) && isArchiveFolder(folder);
  return inside && folder !== path ? folder : undefined;
}
