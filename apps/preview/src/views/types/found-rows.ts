// What a list shows of the types that a search found: read where the reader looks.
import type { TypeSummary } from '@bpfc/core/slim';
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Found } from '../../engine/engine.js';

type Ask = (ids: Uint32Array) => Promise<TypeSummary[]>;

export class FoundRows {
  readonly ids: Uint32Array;
  readonly #ask: Ask;
  /** Types come by as many as came first. */
  readonly #size: number;
  readonly #pages = new Map<number, Signal<readonly TypeSummary[]>>();

  constructor({ ids, first }: Found, ask: Ask) {
    this.ids = ids;
    this.#ask = ask;
    this.#size = Math.max(1, first.length);
    this.#pages.set(0, signal(first));
  }

  /** The page that a row is on, empty until it is read, and the row's place there. */
  at(index: number): { page: ReadonlySignal<readonly TypeSummary[]>; place: number } {
    const number = Math.floor(index / this.#size);
    let page = this.#pages.get(number);
    if (!page) {
      page = signal([]);
      this.#pages.set(number, page);
      void this.#read(number, page);
    }
    return { page, place: index % this.#size };
  }

  async #read(number: number, page: Signal<readonly TypeSummary[]>): Promise<void> {
    const start = number * this.#size;
    try {
      page.value = await this.#ask(this.ids.subarray(start, start + this.#size));
    } catch {
      // The file was closed meanwhile: rows out of sight ask again when they are seen.
      this.#pages.delete(number);
    }
  }
}
