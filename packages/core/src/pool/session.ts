// Trims one kernel after the other in one WebAssembly instance: what a worker does.
import type { Bytes } from '../bytes.js';
import { BpfcError, CoreCode } from '../error.js';
import { dropInstance, memoryBytes } from '../instance.js';
import { parseObject } from '../object.js';
import { Trimmer } from '../trim.js';
import type { Answer, Task } from './messages.js';

/** Bytes. WebAssembly memory never shrinks: above this an instance is dropped once its kernel is done. */
const MEMORY_TO_KEEP = 64 << 20;

export class TrimSession {
  readonly #task: Task;
  #trimmer: Trimmer | undefined;

  /** @param task - its objects are parsed once for all kernels */
  constructor(task: Task) {
    this.#task = task;
  }

  /** Throws none of the core's errors: a kernel that cannot be trimmed is no reason to stop. */
  trim(kernel: Bytes, modules: readonly Bytes[] = []): Answer {
    try {
      this.#trimmer ??= trimmerFor(this.#task);
      return { trimmed: this.#trimmer.trim(kernel, modules) };
    } catch (error) {
      if (!(error instanceof BpfcError)) throw error;
      const { code, message, at, value } = error;
      // The trimmer went down with its instance; the next kernel gets a new one.
      if (code === CoreCode.trap) this.#trimmer = undefined;
      return { trimmed: null, problem: { code, message, at, value } };
    } finally {
      if (memoryBytes() > MEMORY_TO_KEEP) {
        dropInstance();
        this.#trimmer = undefined;
      }
    }
  }

  /** Gives the memory back; the session is not used again. */
  free(): void {
    this.#trimmer?.free();
  }
}

function trimmerFor({ objects, compat }: Task): Trimmer {
  const trimmer = new Trimmer([], { compat });
  for (const bytes of objects) {
    using object = parseObject(bytes);
    trimmer.add(object);
  }
  return trimmer;
}
