// Every code of the command line, and how an error of any origin becomes one line.
import { BpfcError } from '@bpfc/core';
import { systemText } from '@bpfc/core/base';
import type { Problem } from '@bpfc/core/command';

/** The codes that come from here; those of what the commands decide and of the formats come from `@bpfc/core`. Never reused. */
export const CliCode = {
  /** The command line does not make sense. Exit status 2. */
  usage: 'CLI_USAGE',
  /** `btf-pack.toml` is not TOML, or has a key that is not known. */
  config: 'CONFIG_INVALID',
  /** A file or folder cannot be read. */
  read: 'IO_READ',
  /** The output cannot be written. */
  write: 'IO_WRITE',
  /** The folder to be replaced holds something else than a pack. */
  notAPack: 'OUTPUT_NOT_A_PACK',
  /** No kernel's BTF is where the command was told to look. */
  sourceEmpty: 'SOURCE_EMPTY',
  /** `--strict`: a machine of a list gets no BTF. */
  fleetUnserved: 'FLEET_UNSERVED',
  /** A defect of this program. */
  internal: 'INTERNAL',
} as const;

type Code = (typeof CliCode)[keyof typeof CliCode];

/** A failure of the command line itself. The message ends with the way out. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: Code;

  constructor(code: Code, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** `fallback` is the code of errors that come from the system (`ENOENT`) and carry none of ours. */
export function toProblem(error: unknown, fallback: Code = CliCode.internal): Problem {
  if (error instanceof CliError) return { code: error.code, message: error.message };
  if (error instanceof BpfcError) {
    const problem: Problem = { code: error.code, message: error.message };
    if (error.at !== undefined) problem.at = error.at;
    if (error.value !== undefined) problem.value = error.value;
    return problem;
  }
  return { code: fallback, message: error instanceof Error ? error.message : String(error) };
}

/** Reads or writes, and names the file when that fails. */
export async function io<T>(code: Code, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw ioError(code, path, error);
  }
}

export function ioError(code: Code, path: string, cause: unknown): CliError {
  return new CliError(code, `${path}: ${systemText(cause)}`, { cause });
}

/** Says which file an error of the core is about. */
export function inFile<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BpfcError)) throw error;
    throw new BpfcError(error.code, `${path}: ${error.message}`, {
      at: error.at,
      value: error.value,
      cause: error,
    });
  }
}

/** {@link inFile} for what reads `path` by way of `scratch`, the system's errors with either included. */
export async function inFileBy<T>(path: string, scratch: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) {
      return inFile(path, () => {
        throw error;
      });
    }
    const isWrite = ['write', 'mkdir'].includes(String(error.syscall));
    throw isWrite ? ioError(CliCode.write, scratch, error) : ioError(CliCode.read, path, error);
  }
}
