// Trims many files on several threads. Results are in the order of the files, whoever trimmed them.
import { statSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type WasmModule, wasmModule } from '@bpfc/core';
import { CliCode } from './errors.js';
import { type TrimOutcome, TrimSession } from './session.js';

/** What a worker is started with. */
export interface WorkerStart {
  /** Compiled once, shared by all. */
  module: WasmModule;
  objects: readonly Uint8Array[];
}

export interface TrimAllOptions {
  /** ELF files to trim for. */
  objects: readonly Uint8Array[];
  /** Threads at most; 1 works in this one. */
  jobs: number;
  /** Called once for each file, in the order they are done. */
  onDone?: (file: string) => void;
  startWorker?: (start: WorkerStart) => Worker;
}

/** Never throws because of a file: what is wrong with one is its outcome. */
export async function trimAll(files: readonly string[], options: TrimAllOptions): Promise<TrimOutcome[]> {
  const threads = Math.min(options.jobs, files.length);
  return threads > 1 ? inWorkers(files, threads, options) : inProcess(files, options);
}

async function inProcess(files: readonly string[], options: TrimAllOptions): Promise<TrimOutcome[]> {
  const session = new TrimSession(options.objects);
  const outcomes: TrimOutcome[] = [];
  for (const file of files) {
    outcomes.push(session.trim(file));
    options.onDone?.(file);
    // Lets signals and the progress bar through.
    await breath();
  }
  return outcomes;
}

async function inWorkers(
  files: readonly string[],
  threads: number,
  { objects, onDone, startWorker = start }: TrimAllOptions,
): Promise<TrimOutcome[]> {
  const begin = { module: wasmModule(), objects };
  const outcomes: TrimOutcome[] = [];
  const sorted = { large: [] as [number, string][], usual: [] as [number, string][] };
  for (const entry of files.entries()) sorted[isLarge(entry[1]) ? 'large' : 'usual'].push(entry);
  const [large, usual] = [sorted.large.values(), sorted.usual.values()];

  // A lane takes the next file until there is none; iterating one iterator shares it. Only one lane takes large files,
  // and first, so that memory holds one of them at a time and none is left over at the end.
  const lane = async (queue: Iterable<[number, string]>) => {
    let thread: Thread | undefined;
    for (const [index, file] of queue) {
      try {
        thread ??= new Thread(startWorker(begin));
        outcomes[index] = await thread.trim(file);
      } catch (error) {
        // Lost with this file; the next one gets a new worker.
        thread = undefined;
        const message = `${file}: the worker at this file ended: ${String(error)}`;
        outcomes[index] = { trimmed: null, problem: { code: CliCode.workerLost, message } };
      }
      onDone?.(file);
    }
    await thread?.terminate();
  };
  await Promise.all(Array.from({ length: threads }, (_, n) => lane(n === 0 ? chain(large, usual) : usual)));
  return outcomes;
}

function* chain<T>(...queues: Iterable<T>[]): Iterable<T> {
  for (const queue of queues) yield* queue;
}

/** Bytes of a kernel's BTF, packed or raw, from which on it counts as large: usual ones have 1 MB and 5 MB. */
const LARGE_PACKED = 2 << 20;
const LARGE_RAW = 16 << 20;

function isLarge(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size > (/\.(xz|t?gz)$/.test(file) ? LARGE_PACKED : LARGE_RAW);
}

function start(workerData: WorkerStart): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), { workerData });
}

/** A worker that is asked one thing at a time. */
class Thread {
  readonly #worker: Worker;
  #asked: { resolve: (outcome: TrimOutcome) => void; reject: (why: unknown) => void } | undefined;
  /** Why it ended: it can do so between two files, and would never answer the second. */
  #ended: unknown;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (outcome: TrimOutcome) => this.#asked?.resolve(outcome));
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', (status) => this.#end(new Error(`exit status ${status}`)));
  }

  /** Rejects when the worker ends instead of answering. */
  trim(file: string): Promise<TrimOutcome> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      if (this.#ended !== undefined) reject(this.#ended);
      else this.#worker.postMessage(file);
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(why: unknown): void {
    this.#ended ??= why;
    this.#asked?.reject(why);
  }
}
