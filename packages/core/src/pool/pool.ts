// Trims many kernels on several workers, each with a WebAssembly instance of its own.
import { type Bytes, toBytes } from '../bytes.js';
import { BpfcError, CoreCode } from '../error.js';
import { loadModule, type ModuleSource, type WasmModule } from '../load.js';
import { runLanes, type TrimOutcome } from './lanes.js';
import type { Problem, Task } from './messages.js';
import { hasModules, type KernelWithModules, type Source, withModules } from './sources.js';
import { type Spawn, Thread } from './thread.js';

export interface PoolOptions {
  /** Workers, which are started at once. Default: as many as cores, at most 8. */
  jobs?: number | undefined;
  /** The WebAssembly module. Default: the one that this package was set up with; in Node the embedded one. */
  module?: ModuleSource | Promise<ModuleSource> | undefined;
}

/** @typeParam Input - what a platform takes for a kernel */
export interface PoolRequest<Input> {
  /** ELF files to trim for. */
  objects: Iterable<Bytes>;
  /** In any form that `parseBtf` reads. */
  kernels: Iterable<Input | KernelWithModules<Input>>;
  /** As for `Trimmer`: write BTF that libbpf before 1.0 reads too. */
  compat?: boolean | undefined;
  /** Workers at most, for this call. Default: those of the pool. */
  jobs?: number | undefined;
  /** Called once for each kernel, in the order in which they are done. */
  onDone?: ((index: number, outcome: TrimOutcome) => void) | undefined;
}

/** Where the workers run. */
export interface Platform<Input> {
  spawn: Spawn;
  cores(): number;
  /** The module where the caller gives none. */
  module(): Promise<WasmModule>;
  /** @throws BpfcError `ARG_TYPE` */
  source(kernel: Input): Source;
}

/** More workers than this only wait for memory. */
const MOST_DEFAULT_JOBS = 8;

/** The workers of a pool that is not told how many. */
export function defaultJobsOn(cores: number): number {
  return Math.min(cores, MOST_DEFAULT_JOBS);
}

/** As in `handle.ts`: where there is none, what bundlers make of `await using` asks for this other symbol. */
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

const TERMINATED = 'this pool was terminated';

/** The pool, wherever the workers run. */
export abstract class WorkerPool<Input> {
  readonly #platform: Platform<Input>;
  readonly #jobs: number;
  readonly #module: Promise<WasmModule>;
  /** By lane. */
  readonly #threads: (Thread | undefined)[] = [];
  /** Ends with the last call. */
  #busy: Promise<unknown> = Promise.resolve();
  #terminated = false;

  protected constructor(platform: Platform<Input>, { jobs, module }: PoolOptions) {
    this.#platform = platform;
    this.#jobs = checked(jobs ?? defaultJobsOn(platform.cores()));
    for (let lane = 0; lane < this.#jobs; lane++) this.#startEarly(lane);
    this.#module = module === undefined ? platform.module() : loadModule(module);
    this.#module.then(
      (module) => {
        for (const thread of this.#threads) thread?.prepare(module);
      },
      () => {
        // `trim` rejects with it.
      },
    );
  }

  /**
   * Trims kernels, and tells what became of each, in the order they were given in. Calls are done one after the other.
   *
   * Of large kernels (above 2 MB packed or 16 MB raw) one is in work at a time, whatever the number of workers. Files
   * that are equal are trimmed once.
   *
   * @throws BpfcError not because of a kernel or of what is in an object: that is an outcome. `CORE_NOT_READY`,
   * `CORE_LOAD`: there is no module; `ARG_TYPE`: an object that is not bytes; `HANDLE_FREED`: after {@link terminate}
   */
  async trim(request: PoolRequest<Input>): Promise<TrimOutcome[]> {
    const { objects, kernels, compat = false, jobs = this.#jobs, onDone } = request;
    checked(jobs);
    // Copies: what the caller changes before its turn comes does not count.
    const task = { objects: Array.from(objects, (bytes) => toBytes(bytes).slice()), compat };
    const sources = Array.from(kernels, (kernel) => this.#source(kernel));
    const turn = this.#busy.then(async () => {
      if (this.#terminated) throw new BpfcError(CoreCode.freed, TERMINATED);
      const module = await this.#module;
      const outcomes: TrimOutcome[] = [];
      await runLanes({
        kernels: sources,
        lanes: jobs,
        trim: (lane, kernel) => this.#trimOne(lane, module, task, kernel),
        onDone: (index, outcome) => {
          outcomes[index] = outcome;
          onDone?.(index, outcome);
        },
      });
      return outcomes;
    });
    this.#busy = turn.catch(() => {
      // Its own caller is told.
    });
    return turn;
  }

  /** Ends the workers. The kernels of a call that is under way are `WORKER_LOST`, as far as they are not done. */
  async terminate(): Promise<void> {
    this.#terminated = true;
    await Promise.all(this.#threads.map((thread) => thread?.terminate(TERMINATED)));
  }

  /** What `await using` calls: {@link terminate}. */
  [asyncDispose](): Promise<void> {
    return this.terminate();
  }

  /** A worker that does not start is told of when a kernel asks for it. */
  #startEarly(lane: number): void {
    try {
      this.#threads[lane] = new Thread(this.#platform.spawn);
    } catch {
      this.#threads[lane] = undefined;
    }
  }

  /** The worker of a lane: a new one where the last is lost. */
  #thread(lane: number): Thread {
    if (this.#terminated) throw TERMINATED;
    const last = this.#threads[lane];
    if (last?.alive) return last;
    const thread = new Thread(this.#platform.spawn);
    this.#threads[lane] = thread;
    return thread;
  }

  async #trimOne(lane: number, module: WasmModule, task: Task, kernel: Source): Promise<TrimOutcome> {
    try {
      const answer = await this.#thread(lane).trim(module, task, kernel);
      return answer.trimmed ? { trimmed: answer.trimmed, error: null } : failed(toError(answer.problem));
    } catch (why) {
      // A BpfcError is of the kernel itself. Whatever else: the worker is lost with it, and the next kernel gets a new one.
      return failed(
        why instanceof BpfcError
          ? why
          : new BpfcError(CoreCode.workerLost, `the worker at this kernel ended: ${String(why)}`, {
              cause: why,
            }),
      );
    }
  }

  /** What cannot be a kernel says so when its turn comes. */
  #source(input: Input | KernelWithModules<Input>): Source {
    const { source } = this.#platform;
    try {
      return hasModules(input) ? withModules(source(input.kernel), input.modules.map(source)) : source(input);
    } catch (error) {
      const send = () => {
        throw error;
      };
      return { size: 0, packed: false, send, digest: async () => undefined };
    }
  }
}

/** With none there would be nobody to trim, and no outcome. */
function checked(jobs: number): number {
  if (Number.isInteger(jobs) && jobs >= 1) return jobs;
  throw new BpfcError(CoreCode.argument, `jobs: expected a whole number from 1 on, got ${jobs}`);
}

function failed(error: BpfcError): TrimOutcome {
  return { trimmed: null, error };
}

function toError({ code, message, at, value, cause }: Problem): BpfcError {
  const behind = cause && { cause: Object.assign(new Error(cause.message), { code: cause.code }) };
  return new BpfcError(code, message, { at, value, ...behind });
}
