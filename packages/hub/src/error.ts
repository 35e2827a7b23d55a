import { BpfcError, systemText } from '@bpfc/core/base';

/** The codes that this package adds to those of `@bpfc/core`. Never reused. */
export const HubCode = {
  /** The cache cannot be read. */
  read: 'CACHE_READ',
  /** The cache cannot be written. */
  write: 'CACHE_WRITE',
  /** Files of the cache are not what the catalog says. */
  damaged: 'CACHE_DAMAGED',
  /** The lock of the cache was lost to another process. */
  lock: 'CACHE_LOCK',
  /** What a source is named by is of no known form, or the source is no archive. */
  source: 'FETCH_SOURCE',
  /** No kernel of the sources is wanted. */
  empty: 'FETCH_EMPTY',
  /** `git` is missing or failed. */
  git: 'FETCH_GIT',
  /** A server cannot be reached, or the connection broke again and again. */
  network: 'FETCH_NETWORK',
  /** A server answered with an error. */
  status: 'FETCH_STATUS',
  /** A server's limit of requests is used up. */
  limit: 'FETCH_LIMIT',
  /** A file is not what its source says it is. */
  mismatch: 'FETCH_MISMATCH',
  /** Some files could not be fetched. */
  incomplete: 'FETCH_INCOMPLETE',
  /** With a frozen lock: a kernel is not the one that is pinned. */
  frozen: 'LOCK_FROZEN',
} as const;

type Code = (typeof HubCode)[keyof typeof HubCode];

/** Reads or writes, and names the file when that fails. */
export async function io<T>(code: Code, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof BpfcError) throw error;
    throw new BpfcError(code, `${path}: ${systemText(error)}`, { cause: error });
  }
}
