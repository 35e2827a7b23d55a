// Kernels from files, through the core's pool.
import { type BpfcError, CoreCode, type Trimmed } from '@bpfc/core';
import type { Problem } from '@bpfc/core/command';
import type { TrimPool } from '@bpfc/core/pool';
import { CliCode, ioError, toProblem } from './errors.js';

/** What became of one file. */
export type TrimOutcome = { trimmed: Trimmed; problem: null } | { trimmed: null; problem: Problem };

/** The file of a kernel and those of its modules. */
export interface KernelFiles {
  kernel: string;
  modules: readonly string[];
}

export interface TrimOptions {
  /** ELF files to trim for. */
  objects: readonly Uint8Array[];
  /** Write BTF that libbpf before 1.0 reads too. */
  compat?: boolean | undefined;
  /** Threads at most. */
  jobs: number;
  /** Called once for each file, in the order they are done. */
  onDone?: () => void;
}

/** Outcomes are in the order of the files. Never throws because of a file: what is wrong with one is its outcome. */
export async function trimFiles(
  pool: Pick<TrimPool, 'trim'>,
  files: readonly KernelFiles[],
  { objects, compat, jobs, onDone }: TrimOptions,
): Promise<TrimOutcome[]> {
  const outcomes = await pool.trim({ objects, kernels: files, compat, jobs, onDone: () => onDone?.() });
  return outcomes.map(({ trimmed, error }, index) =>
    trimmed
      ? { trimmed, problem: null }
      : { trimmed: null, problem: toProblem(inFiles(error, files[index])) },
  );
}

/** A file is a file, whoever reads it. */
function inFiles(error: BpfcError, { kernel, modules }: KernelFiles = { kernel: '', modules: [] }): Error {
  if (error.code !== CoreCode.kernelRead) return error;
  const path = [kernel, ...modules][Number(error.value ?? 0)] ?? kernel;
  return ioError(CliCode.read, path, error.cause);
}
