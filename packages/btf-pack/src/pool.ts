// Kernels from files, through the core's pool.
import { createHash } from 'node:crypto';
import { CoreCode, type Trimmed } from '@bpfc/core';
import type { TrimPool } from '@bpfc/core/pool';
import { CliCode, ioError, type Problem, toProblem } from './errors.js';

/** What became of one file. */
export type TrimOutcome = { trimmed: Trimmed & { sha256: string } } | { trimmed: null; problem: Problem };

export interface TrimOptions {
  /** ELF files to trim for. */
  objects: readonly Uint8Array[];
  /** Threads at most. */
  jobs: number;
  /** Called once for each file, in the order they are done. */
  onDone?: () => void;
}

/** Outcomes are in the order of the files. Never throws because of a file: what is wrong with one is its outcome. */
export async function trimFiles(
  pool: Pick<TrimPool, 'trim'>,
  files: readonly string[],
  { objects, jobs, onDone }: TrimOptions,
): Promise<TrimOutcome[]> {
  const outcomes = await pool.trim({ objects, kernels: files, jobs, onDone: () => onDone?.() });
  return outcomes.map(({ trimmed, error }, index) => {
    if (trimmed) return { trimmed: { ...trimmed, sha256: sha256(trimmed.btf) } };
    // A file is a file, whoever reads it.
    const unread = error.code === CoreCode.kernelRead;
    return {
      trimmed: null,
      problem: toProblem(unread ? ioError(CliCode.read, files[index] ?? '', error.cause) : error),
    };
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
