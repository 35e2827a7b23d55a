// Trims one file after the other in one WebAssembly instance: what a worker does, and `--jobs 1` without one.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CoreCode, dropInstance, memoryBytes, parseObject, Trimmer, type TrimReport } from '@bpfc/core/slim';
import { CliCode, ioError, type Problem, toProblem } from './errors.js';

/** What became of one file. */
export type TrimOutcome =
  | { trimmed: { btf: Uint8Array; sha256: string; report: TrimReport } }
  | { trimmed: null; problem: Problem };

/** WebAssembly memory never shrinks: above this an instance is dropped once its file is done. */
const MEMORY_TO_KEEP = 64 << 20;

export class TrimSession {
  readonly #objects: readonly Uint8Array[];
  #trimmer: Trimmer | undefined;

  /** @param objects - ELF files, parsed once for all kernels */
  constructor(objects: readonly Uint8Array[]) {
    this.#objects = objects;
  }

  /** Never throws: a file that cannot be trimmed is no reason to stop. */
  trim(file: string): TrimOutcome {
    try {
      this.#trimmer ??= trimmerFor(this.#objects);
      const { btf, report } = this.#trimmer.trim(readKernel(file));
      return { trimmed: { btf, sha256: createHash('sha256').update(btf).digest('hex'), report } };
    } catch (error) {
      const problem = toProblem(error);
      // The trimmer went down with its instance; the next file gets a new one.
      if (problem.code === CoreCode.trap) this.#trimmer = undefined;
      return { trimmed: null, problem };
    } finally {
      if (memoryBytes() > MEMORY_TO_KEEP) {
        dropInstance();
        this.#trimmer = undefined;
      }
    }
  }
}

function trimmerFor(objects: readonly Uint8Array[]): Trimmer {
  const trimmer = new Trimmer();
  for (const bytes of objects) {
    using object = parseObject(bytes);
    trimmer.add(object);
  }
  return trimmer;
}

function readKernel(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw ioError(CliCode.read, file, error);
  }
}
