// `btf-pack.lock` in the current folder: the kernels of a project, each with its source and hash.
import { readFile } from 'node:fs/promises';
import { type ProjectLock, parseProjectLock } from '@bpfc/core';
import { CliCode, CliError, inFile, io } from './errors.js';
import { writeWhole } from './output.js';

export const PROJECT_LOCK = 'btf-pack.lock';

/** @throws CliError `IO_READ`, `SOURCE_EMPTY`: it pins nothing; BpfcError `LOCK_INVALID` */
export async function readProjectLock(): Promise<ProjectLock> {
  const text = await io(CliCode.read, PROJECT_LOCK, () => readFile(PROJECT_LOCK, 'utf8'));
  const lock = inFile(PROJECT_LOCK, () => parseProjectLock(text));
  if (lock.size === 0) throw new CliError(CliCode.sourceEmpty, `${PROJECT_LOCK}: pins no kernel`);
  return lock;
}

/** @throws CliError `IO_WRITE` */
export async function writeProjectLock(text: string): Promise<void> {
  await writeWhole(PROJECT_LOCK, text);
}

const ENDING = '.btf.tar.xz';

/** `ID/VERSION/ARCH/RELEASE` of a path in an archive. */
export function kernelName(path: string): string {
  return path.slice(0, -ENDING.length);
}
