// Whether a file is what its source says it is.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { parseBtf } from '@bpfc/core';
import { BpfcError } from '@bpfc/core/base';
import { HubCode, io } from './error.js';

/** What a source tells of a file, for it to be held against. */
export type Check =
  /** The object id of the file in a git repository: SHA-1 in hexadecimal. */
  | { kind: 'git'; blob: string }
  /** SHA-256, in hexadecimal. */
  | { kind: 'sha256'; sha256: string }
  /** Nothing: the file has to unpack and parse. */
  | { kind: 'content' };

/** The digests of a file. */
export interface Digests {
  /** In hexadecimal. */
  sha256: string;
  /** Of the file as a git object: SHA-1, in hexadecimal. */
  blob: string;
  /** Bytes. */
  size: number;
}

/** Reads a file once. */
export async function digestsOf(file: string): Promise<Digests> {
  return io(HubCode.read, file, async () => {
    const { size } = await stat(file);
    const sha256 = createHash('sha256');
    const blob = createHash('sha1').update(`blob ${size}\0`);
    for await (const chunk of createReadStream(file)) {
      sha256.update(chunk);
      blob.update(chunk);
    }
    return { sha256: sha256.digest('hex'), blob: blob.digest('hex'), size };
  });
}

/**
 * Does nothing where the file is right.
 *
 * @throws BpfcError `FETCH_MISMATCH`, for a check by content with the code of what is wrong with it as cause
 */
export async function requireRight(file: string, digests: Digests, check: Check): Promise<void> {
  if (check.kind === 'content') return requireKernel(await io(HubCode.read, file, () => readFile(file)));
  const [expected, got] = check.kind === 'git' ? [check.blob, digests.blob] : [check.sha256, digests.sha256];
  if (got !== expected) {
    throw new BpfcError(HubCode.mismatch, `its hash is ${got}, and its source says ${expected}`);
  }
}

function requireKernel(bytes: Uint8Array): void {
  try {
    parseBtf(bytes).free();
  } catch (error) {
    if (!(error instanceof BpfcError)) throw error;
    throw new BpfcError(HubCode.mismatch, `${error.code}: ${error.message}`, { cause: error });
  }
}
