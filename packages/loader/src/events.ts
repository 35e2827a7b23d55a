// The events of one map, for who iterates over them.
import type { EventValue } from './decode.js';
import { COUNTER, COUNTER_BYTES } from './messages.js';

/** Events that were not seen. */
export interface Lost {
  /** The kernel had no room for them in a perf buffer. A ring buffer's program knows, and the kernel does not tell. */
  kernel: number;
  /** Too many waited to be iterated over. */
  queue: number;
}

/** An event as most programs send them: a struct. */
export type EventRecord = Record<string, EventValue>;

/**
 * The events of one map, in the order in which they arrive. Leaving the loop ends it, and what waited is gone. As many events
 * wait as the program's `queueBytes` allows; those that come then are dropped and counted.
 */
export class Events<T = EventRecord> implements AsyncIterableIterator<T> {
  /** @internal */
  readonly counters = new SharedArrayBuffer(COUNTER_BYTES);
  readonly #counters = new Int32Array(this.counters);
  readonly #batches: { events: T[]; costs: number[] }[] = [];
  /** Of the first batch. */
  #position = 0;
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  #end: { error?: unknown } | undefined;

  /** @internal */
  constructor(private readonly left: () => void) {}

  /** How many were lost so far. */
  get lost(): Lost {
    const count = (place: number) => Atomics.load(this.#counters, place) >>> 0;
    return { kernel: count(COUNTER.lostInKernel), queue: count(COUNTER.dropped) };
  }

  /** @throws BpfcError `LOADER_THREAD` */
  async next(): Promise<IteratorResult<T>> {
    const event = this.#take();
    if (event) return event;
    if (!this.#end) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if ('error' in this.#end) throw this.#end.error;
    return DONE;
  }

  async return(): Promise<IteratorResult<T>> {
    this.finish();
    this.#batches.length = 0;
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @internal */
  push(events: T[], costs: number[]): void {
    if (this.#end) return;
    this.#batches.push({ events, costs });
    while (this.#waiting.length > 0) {
      const event = this.#take();
      if (!event) return;
      this.#waiting.shift()?.resolve(event);
    }
  }

  /** No more come: what waits is still handed out. @internal */
  finish(failure?: { error: unknown }): void {
    if (this.#end) return;
    this.#end = failure ?? {};
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (failure) reject(failure.error);
      else resolve(DONE);
    }
    this.left();
  }

  #take(): IteratorYieldResult<T> | undefined {
    const [batch] = this.#batches;
    if (!batch) return undefined;
    const { events, costs } = batch;
    const value = events[this.#position] as T;
    Atomics.sub(this.#counters, COUNTER.waiting, costs[this.#position] ?? 0);
    this.#position += 1;
    if (this.#position === events.length) {
      this.#batches.shift();
      this.#position = 0;
    }
    return { done: false, value };
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
