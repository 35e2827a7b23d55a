// One worker as the pool sees it: asked one thing at a time, and perhaps gone.
import type { WasmModule } from '../load.js';
import type { Answer, Request, Task } from './messages.js';
import type { Source } from './sources.js';

/** A worker of some platform. */
export interface Port {
  post(request: Request, transfer: ArrayBuffer[]): void;
  /** Whether the process is to stay for it. */
  hold(busy: boolean): void;
  /** Resolves when it has ended. */
  terminate(): Promise<void>;
}

/** What a platform tells of a worker; in any order, and as often as it likes. */
export interface PortEvents {
  answered(answer: Answer): void;
  ended(why: unknown): void;
}

export type Spawn = (events: PortEvents) => Port;

export class Thread {
  readonly #port: Port;
  #asked: { resolve: (answer: Answer) => void; reject: (why: unknown) => void } | undefined;
  /** Why it ended: it can do so between two kernels, and would never answer the second. */
  #ended: { why: unknown } | undefined;
  /** What it was told last. */
  #module: WasmModule | undefined;
  #task: Task | undefined;

  /** @throws whatever the platform says where it starts no worker */
  constructor(spawn: Spawn) {
    this.#port = spawn({
      answered: (answer) => this.#asked?.resolve(answer),
      ended: (why) => this.#end(why),
    });
  }

  get alive(): boolean {
    return this.#ended === undefined;
  }

  /** Hands over the module before there is a kernel. */
  prepare(module: WasmModule): void {
    if (this.alive) this.#post(this.#news(module, undefined), []);
  }

  /** Has a kernel trimmed. Rejects when the worker ends instead of answering. */
  async trim(module: WasmModule, task: Task, source: Source): Promise<Answer> {
    const { kernel, modules, transfer } = source.send();
    this.#port.hold(true);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#asked = { resolve, reject };
        if (this.#ended) reject(this.#ended.why);
        else this.#post({ ...this.#news(module, task), kernel, modules }, transfer);
      });
    } finally {
      this.#asked = undefined;
      this.#port.hold(false);
    }
  }

  async terminate(why: unknown): Promise<void> {
    this.#end(why);
    await this.#port.terminate();
  }

  /** What of it the worker was not told yet. */
  #news(module: WasmModule, task: Task | undefined): Request {
    const request: Request = {};
    if (module !== this.#module) request.module = module;
    if (task && task !== this.#task) request.task = task;
    return request;
  }

  #post(request: Request, transfer: ArrayBuffer[]): void {
    this.#port.post(request, transfer);
    this.#module = request.module ?? this.#module;
    this.#task = request.task ?? this.#task;
  }

  #end(why: unknown): void {
    this.#ended ??= { why };
    this.#asked?.reject(why);
  }
}
