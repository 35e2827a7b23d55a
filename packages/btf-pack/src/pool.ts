// Kernels from files, through the core's pool.
import { createHash } from 'node:crypto';
import { type BpfcError, CoreCode, type Trimmed } from '@bpfc/core';
import type { TrimPool } from '@bpfc/core/pool';
import { CliCode, ioError, type Problem, toProblem } from './errors.js';
import { moduleName } from './modules.js';

/** What became of one file. */
export type TrimOutcome =
  | { trimmed: Trimmed & { sha256: string /** Names of those whose types are in it. */; modules: string[] } }
  | { trimmed: null; problem: Problem };

/** The file of a kernel and those of its modules. */
export interface KernelFiles {
  file: string;
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
  const kernels = files.map(({ file, modules }) => ({ kernel: file, modules }));
  const outcomes = await pool.trim({ objects, kernels, compat, jobs, onDone: () => onDone?.() });
  return outcomes.map(({ trimmed, error }, index) => {
    if (trimmed) {
      const modules = trimmed.report.modules.map((position) => files[index]?.modules[position] ?? '');
      return { trimmed: { ...trimmed, sha256: sha256(trimmed.btf), modules: modules.map(moduleName) } };
    }
    return { trimmed: null, problem: toProblem(inFiles(error, files[index])) };
  });
}

/** A file is a file, whoever reads it. */
function inFiles(error: BpfcError, { file, modules }: KernelFiles = { file: '', modules: [] }): Error {
  if (error.code !== CoreCode.kernelRead) return error;
  const path = [file, ...modules][Number(error.value ?? 0)] ?? file;
  return ioError(CliCode.read, path, error.cause);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
