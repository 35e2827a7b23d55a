// Puts the output in place in one step: what is at the path is the old or the new one, never a part.
//
// Nothing is made before `commit`. What a `kill -9` in the milliseconds from there on leaves beside the path, the next
// run for it clears away. Names are made and moved by synchronous calls: a signal handler, which removes what is
// temporary, never comes between them.
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {
  access,
  constants,
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CliCode, CliError, io } from './errors.js';
import { isRunning, OWNER, ownName } from './owner.js';

/** An output that was begun. Nothing shows at its path before `commit`. */
export interface PendingOutput<Content> {
  commit(content: Content): Promise<void>;
  /** Removes what `commit` did not put in place. */
  discard(): Promise<void>;
}

/** Files by their path inside the folder. */
export type Tree = ReadonlyMap<string, Uint8Array>;

/** What a folder that is replaced may hold: an earlier pack, nothing of anybody else. */
const PACK_NAMES = new Set(['package.json', 'PROVENANCE.json', 'btfhub-archive', 'btfs']);

/** Bytes. In the flat layout trimmed BTFs lie at the top; they are smaller, and a kernel's own is larger. */
const MOST_TRIMMED = 1 << 20;

/** What is to be removed if the program is stopped, and the output that each stands beside. */
const pending = new Map<string, string>();

/** For signal handlers and exits, which cannot wait. */
export function discardAll(): void {
  for (const [path, target] of pending) {
    if (!isOnlyCopy(path, target)) rmSync(path, { recursive: true, force: true });
  }
  pending.clear();
}

/**
 * Checks that `path` can be written, so that it shows before the work is done when it cannot. A device or pipe is
 * written to, not replaced.
 */
export async function beginFile(path: string): Promise<PendingOutput<Uint8Array>> {
  return io(CliCode.write, path, async () => {
    const there = await stat(path).catch(unlessMissing);
    if (there?.isDirectory()) throw new CliError(CliCode.write, `${path}: is a folder`);
    if (there && !there.isFile()) return await directly(path);
    // Through a link: the file it points to is replaced, not the link.
    const target = await behindLinks(path);
    await clearAway(target);
    const temporary = temporaryBeside(target);
    const commit = (bytes: Uint8Array) =>
      io(CliCode.write, path, async () => {
        const file = openSync(temporary, 'wx', there?.mode);
        try {
          writeFileSync(file, bytes);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        renameSync(temporary, target);
      });
    return { commit, discard: () => removeTemporary(temporary) };
  });
}

/** Puts a text at `path` in one step. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const file = await beginFile(path);
  try {
    await file.commit(new TextEncoder().encode(text));
  } finally {
    await file.discard();
  }
}

/**
 * Checks that a folder can be put at `path`. One that is there is replaced if it holds a pack or nothing.
 *
 * @param isOwn - what is at `path` is this program's, whatever it holds
 */
export async function beginTree(path: string, isOwn = false): Promise<PendingOutput<Tree>> {
  return io(CliCode.write, path, async () => {
    const target = await behindLinks(path);
    await clearAway(target);
    if (!isOwn) await refuseForeign(target);
    const temporary = temporaryBeside(target);
    const commit = (tree: Tree) =>
      io(CliCode.write, path, async () => {
        const built = join(temporary, 'new');
        mkdirSync(built, { recursive: true });
        const files = Array.from(tree, ([name, bytes]) => {
          const file = join(built, name);
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, bytes);
          return file;
        });
        await toDisk(files);
        // Once more: trimming may have taken minutes.
        if (!isOwn) await refuseForeign(target);
        swap(built, target, join(temporary, OLD));
      });
    return { commit, discard: () => removeTemporary(temporary) };
  });
}

/**
 * So that after a power cut, too, there is the old folder or the new one, with its bytes. Several files at a time: one
 * write of the file system's journal serves all that wait for it.
 */
async function toDisk(files: readonly string[]): Promise<void> {
  const queue = files.values();
  const lane = async () => {
    for (const path of queue) {
      const file = await open(path, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    }
  };
  await Promise.all(Array.from({ length: SYNCING }, lane));
}

/** As many as Node has threads for. */
const SYNCING = 4;

/**
 * A folder with something in it cannot be renamed over, so the old one steps `aside`, into what is removed at the
 * end. Between the two renames nothing is at the path: for some microseconds, or, if the process is killed right
 * there, until the next run, which puts the old one back. Linux could exchange the two (RENAME_EXCHANGE), but Node
 * cannot ask for it.
 */
function swap(built: string, target: string, aside: string): void {
  const replaces = existsSync(target);
  if (replaces) renameSync(target, aside);
  try {
    renameSync(built, target);
  } catch (error) {
    if (replaces) renameSync(aside, target);
    throw error;
  }
}

/** A folder that is to be replaced holds a pack or nothing, and can be moved. */
async function refuseForeign(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  await access(folder, constants.W_OK | constants.X_OK);
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

async function directly(path: string): Promise<PendingOutput<Uint8Array>> {
  await access(path, constants.W_OK);
  return {
    commit: (bytes) => io(CliCode.write, path, () => writeFile(path, bytes)),
    discard: async () => {},
  };
}

/** Where links lead, also when nothing is there yet. */
async function behindLinks(path: string): Promise<string> {
  const there = await realpath(path).catch(unlessMissing);
  if (there !== undefined) return there;
  const name = join(await realpath(dirname(resolve(path))), basename(resolve(path)));
  const link = await lstat(name).catch(unlessMissing);
  return link?.isSymbolicLink() ? behindLinks(resolve(dirname(name), await readlink(name))) : name;
}

let temporaries = 0;

/**
 * A name in the same folder, so that the rename stays on one file system. What gets it goes if the program is stopped,
 * after a `kill -9` when a run begins the same output.
 */
export function temporaryBeside(target: string): string {
  temporaries += 1;
  const temporary = join(dirname(target), `${temporaryStart(target)}${ownName()}.${temporaries}.tmp`);
  pending.set(temporary, target);
  return temporary;
}

/** {@link temporaryBeside} for what is only ever temporary: what killed runs have left of it goes first. */
export async function scratchBeside(target: string): Promise<string> {
  await io(CliCode.write, target, () => clearAway(target));
  return temporaryBeside(target);
}

/** Removes what {@link temporaryBeside} named, if it is there. */
export async function removeTemporary(path: string): Promise<void> {
  const target = pending.get(path);
  if (target === undefined || !isOnlyCopy(path, target)) await rm(path, { recursive: true, force: true });
  pending.delete(path);
}

/** Where the old folder could not be put back, its only copy is in the temporary; the next run puts it back. */
function isOnlyCopy(temporary: string, target: string): boolean {
  return existsSync(join(temporary, OLD)) && !existsSync(target);
}

/** What the names of all temporaries of one output begin with, and no others. */
function temporaryStart(target: string): string {
  const name = basename(target);
  const fits = Buffer.byteLength(name) <= MOST_OF_NAME;
  return `.${fits ? name : createHash('sha256').update(name).digest('hex').slice(0, 32)}.`;
}

/** Bytes, of the 255 that file systems allow. */
const MOST_OF_NAME = 100;

/** After {@link temporaryStart}. */
const TEMPORARY_END = new RegExp(`^(?<owner>${OWNER})\\.[0-9]+\\.tmp$`);

/** Milliseconds, where its owner cannot be asked: a temporary lives as long as writing it takes. */
const LEFT_OVER = 60 * 60 * 1000;

/** In a temporary: the folder that was at the path. */
const OLD = 'old';

/**
 * Removes what runs that were killed have left beside `target`, and checks that something can be put there: by asking,
 * for what is made to try it may stay. access(2) also knows of read-only file systems, for root too.
 */
async function clearAway(target: string): Promise<void> {
  const folder = dirname(target);
  await access(folder, constants.W_OK | constants.X_OK);
  const start = temporaryStart(target);
  for (const name of await namesIn(folder)) {
    const owner = name.startsWith(start) && TEMPORARY_END.exec(name.slice(start.length))?.groups?.owner;
    if (!owner) continue;
    const temporary = join(folder, name);
    try {
      if (!(await isLeftOver(owner, temporary))) continue;
      putBack(join(temporary, OLD), target);
      await rm(temporary, { recursive: true, force: true });
    } catch (error) {
      // Another user's, or another run was faster: no reason to stop.
      if (!hasCode(error, 'EACCES', 'EPERM', 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  }
}

/** None where files may be put but not listed. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'EACCES')) return [];
    throw error;
  }
}

async function isLeftOver(owner: string, temporary: string): Promise<boolean> {
  const running = isRunning(owner);
  return running === undefined ? Date.now() - (await lstat(temporary)).mtimeMs > LEFT_OVER : !running;
}

/** Of a run that was killed between the two steps of {@link swap}. */
function putBack(old: string, target: string): void {
  if (!existsSync(target) && existsSync(old)) renameSync(old, target);
}

function unlessMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
