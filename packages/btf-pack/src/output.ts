// Puts the output in place in one step: what is at the path is the old or the new one, never a part.
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CliCode, CliError, io } from './errors.js';

/** An output that was begun. Nothing shows at its path before `commit`. */
export interface PendingOutput<Content> {
  commit(content: Content): Promise<void>;
  /** Removes what `commit` did not put in place. */
  discard(): Promise<void>;
}

/** Files by their path inside the folder. */
export type Tree = ReadonlyMap<string, Uint8Array>;

/** What a folder that is replaced may hold: an earlier pack, nothing of anybody else. */
const PACK_NAMES = new Set(['package.json', 'btfhub-archive', 'btfs']);

/** Bytes. In the flat layout trimmed BTFs lie at the top; they are smaller, and a kernel's own is larger. */
const MOST_TRIMMED = 1 << 20;

/** What is to be removed if the program is stopped. */
const pending = new Set<string>();

/** For signal handlers and exits, which cannot wait. */
export function discardAll(): void {
  for (const path of pending) rmSync(path, { recursive: true, force: true });
  pending.clear();
}

/**
 * Begins a file beside `path`, so that a folder that cannot be written shows before the work is done. A device or
 * pipe is written to, not replaced.
 */
export async function beginFile(path: string): Promise<PendingOutput<Uint8Array>> {
  return io(CliCode.write, path, async () => {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw new CliError(CliCode.write, `${path}: is a folder`);
    if (there && !there.isFile()) return directly(path);
    // Through a link: the file it points to is replaced, not the link.
    const target = there ? await realpath(path) : path;
    const temporary = temporaryBeside(target);
    const file = await open(temporary, 'wx', there?.mode ?? 0o666);
    const discard = async () => {
      await file.close();
      await removeTemporary(temporary);
    };
    const commit = (bytes: Uint8Array) =>
      io(CliCode.write, path, async () => {
        await file.writeFile(bytes);
        await file.sync();
        await rename(temporary, target);
        pending.delete(temporary);
      });
    return { commit, discard };
  });
}

/** Begins a folder beside `path`. One that is there is replaced if it holds a pack or nothing. */
export async function beginTree(path: string): Promise<PendingOutput<Tree>> {
  return io(CliCode.write, path, async () => {
    const there = await stat(path).catch(() => undefined);
    const target = there ? await realpath(path) : resolve(path);
    if (there) await refuseForeign(target);
    const temporary = temporaryBeside(target);
    await mkdir(temporary);
    const commit = (tree: Tree) =>
      io(CliCode.write, path, async () => {
        const built = join(temporary, 'new');
        await mkdir(built);
        for (const [name, bytes] of tree) {
          const file = join(built, name);
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, bytes);
        }
        swap(built, target, there ? join(temporary, 'old') : undefined);
      });
    return { commit, discard: () => removeTemporary(temporary) };
  });
}

/**
 * A folder cannot be renamed over another, so the old one steps `aside`, into what is removed at the end. Both
 * steps in one turn: no signal handler, which removes all that is temporary, comes between.
 */
function swap(built: string, target: string, aside: string | undefined): void {
  if (aside) renameSync(target, aside);
  try {
    renameSync(built, target);
  } catch (error) {
    if (aside) renameSync(aside, target);
    throw error;
  }
}

async function refuseForeign(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (
      PACK_NAMES.has(name) ||
      (name.endsWith('.btf') && (await stat(join(folder, name))).size <= MOST_TRIMMED)
    ) {
      continue;
    }
    throw new CliError(
      CliCode.notAPack,
      `${folder}: holds ${name}, which is no part of a pack, and would be replaced; name a new or an empty folder`,
    );
  }
}

function directly(path: string): PendingOutput<Uint8Array> {
  return {
    commit: (bytes) => io(CliCode.write, path, () => writeFile(path, bytes)),
    discard: async () => {},
  };
}

/** A name in the same folder, so that the rename stays on one file system; what gets it goes if the program is stopped. */
export function temporaryBeside(target: string): string {
  const temporary = join(dirname(target), `.${basename(target).slice(0, 64)}.${randomUUID()}.tmp`);
  pending.add(temporary);
  return temporary;
}

/** Removes what {@link temporaryBeside} named, if it is still there. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  pending.delete(path);
}
