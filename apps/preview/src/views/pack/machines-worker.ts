// The Worker that tells which entry of a pack a machine gets.
import { type Fleet, openPack, type Pack, type Selection, type SystemNames } from '@bpfc/core/slim';
import { expose } from 'comlink';
import { bytesOfBlob } from '../../engine/bytes.js';
import { carryFailures } from '../../engine/failure.js';
import { startWholeCore } from '../../engine/whole-core.js';

/** A pack, and its number among the open files. */
export interface NumberedPack {
  number: number;
  blob: Blob;
}

export class Machines {
  readonly #ready: Promise<unknown>;
  /** The one that was asked last. */
  #opened: { number: number; pack: Pack } | undefined;

  constructor(ready: Promise<unknown>) {
    this.#ready = ready;
    // Told to whoever calls first.
    ready.catch(() => {});
  }

  /** Which entry a machine gets, and what was looked for. */
  select(pack: NumberedPack, system: SystemNames, nearest: boolean): Promise<Selection> {
    return this.#with(pack, (opened) => opened.select(system, { nearest }));
  }

  /** What the machines of a list get. */
  fleet(pack: NumberedPack, list: string, nearest: boolean): Promise<Fleet> {
    return this.#with(pack, (opened) => opened.fleet(list, { nearest }));
  }

  async #with<T>(pack: NumberedPack, ask: (opened: Pack) => T): Promise<T> {
    const opened = await this.#open(pack);
    try {
      return ask(opened);
    } catch (error) {
      // Its instance may have ended with it.
      this.#opened = undefined;
      throw error;
    }
  }

  async #open({ number, blob }: NumberedPack): Promise<Pack> {
    await this.#ready;
    if (this.#opened?.number === number) return this.#opened.pack;
    const bytes = await bytesOfBlob(blob);
    const before = this.#opened;
    this.#opened = undefined;
    before?.pack.free();
    this.#opened = { number, pack: openPack(bytes) };
    return this.#opened.pack;
  }
}

carryFailures();
expose(new Machines(startWholeCore()));
