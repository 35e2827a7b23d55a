// What a pool and its workers say to each other: plain data that structured clone takes.
import type { WasmModule } from '../load.js';
import type { Trimmed } from '../trim.js';

/** What a call asks of each kernel. */
export interface Task {
  /** ELF files to trim for. */
  objects: readonly Uint8Array[];
  /** As for `Trimmer`. */
  compat: boolean;
}

/** To a worker. Each part that is there counts from then on; a kernel is answered. */
export interface Request {
  /** Compiled once, shared by all. */
  module?: WasmModule;
  task?: Task;
  /** In a form that the platform's workers read. */
  kernel?: unknown;
  /** Its modules, in the same form. */
  modules?: readonly unknown[] | undefined;
}

/** A `BpfcError` as data. */
export interface Problem {
  code: string;
  message: string;
  at?: number | undefined;
  value?: number | string | undefined;
  /** Of the error of the system behind it: `ENOENT`, which structured clone would lose. */
  cause?: { code: unknown; message: string };
}

/** From a worker, for each kernel. */
export type Answer = { trimmed: Trimmed } | { trimmed: null; problem: Problem };
