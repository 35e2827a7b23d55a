// The thread that owns a program, seen from the one that asked for it.
import { Worker } from 'node:worker_threads';
import { BpfcError } from '@bpfc/core';
import { LoaderCode } from './error.js';
import { Events } from './events.js';
import { reason } from './files.js';
import type { RecordLayout } from './layout.js';
import type { Job, Reply, Request } from './messages.js';

/** What the thread says of a program that was loaded. */
export type Loaded = Extract<Reply, { is: 'loaded' }>;

export class Thread {
  /** @throws BpfcError why the program is not loaded */
  readonly loaded: Promise<Loaded>;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #readers = new Map<number, { map: string; events: Events<unknown> }>();
  #lastReader = 0;
  #over = false;

  constructor(job: Job) {
    // Flags of this process, such as `--input-type`, may not fit a file.
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: job, execArgv: [] });
    this.loaded = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: Reply) => {
        if (reply.is === 'loaded') resolve(reply);
        if (reply.is === 'failed') reject(new BpfcError(reply.code, reply.message, { value: reply.value }));
        if (reply.is === 'events') this.#readers.get(reply.reader)?.events.push(reply.events, reply.costs);
      });
      this.#worker.on('error', (cause) => reject(this.#end(cause)));
      this.#worker.on('exit', (status) => reject(this.#end(`exit status ${status}`)));
    });
    this.#ended = new Promise((resolve) => this.#worker.on('exit', () => resolve()));
  }

  /** @throws BpfcError `LOADER_MAP`: somebody reads the map */
  read<T>(map: string, layout: RecordLayout): Events<T> {
    if ([...this.#readers.values()].some((reader) => reader.map === map)) {
      throw new BpfcError(LoaderCode.map, `the events of ${map} are being read already`);
    }
    this.#lastReader += 1;
    const reader = this.#lastReader;
    const events = new Events<T>(() => {
      this.#readers.delete(reader);
      this.#send({ do: 'pause', map, reader });
    });
    this.#readers.set(reader, { map, events: events as Events<unknown> });
    if (this.#over) events.finish();
    this.#send({ do: 'read', map, reader, layout, counters: events.counters });
    return events;
  }

  /** Has the program detached and unloaded. Doing so twice is fine. */
  async stop(): Promise<void> {
    this.#send({ do: 'stop' });
    this.#over = true;
    await this.#ended;
  }

  /** Tells everybody who reads. */
  #end(cause: unknown): BpfcError {
    const text = `the thread that reads the events ended: ${reason(cause)}`;
    const error = new BpfcError(LoaderCode.thread, text, { cause });
    const failure = this.#over ? undefined : { error };
    this.#over = true;
    for (const { events } of [...this.#readers.values()]) events.finish(failure);
    return error;
  }

  #send(request: Request): void {
    if (!this.#over) this.#worker.postMessage(request);
  }
}
