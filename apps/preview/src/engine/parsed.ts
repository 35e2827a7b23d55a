// Parsed things that are asked for again and again: the last few are kept.
import type { Handle } from '@bpfc/core/slim';

/** A kernel's BTF may take 60 MB when it is parsed, so that four are 240. */
const MOST = 4;

export class Parsed<T extends Handle> {
  /** The one used last comes last. */
  readonly #kept = new Map<string, T>();

  has(place: string): boolean {
    return this.#kept.has(place);
  }

  /** What is kept of this place, or what `parse` makes of it. */
  get(place: string, parse: () => T): T {
    const found = this.#kept.get(place) ?? parse();
    this.#kept.delete(place);
    this.#kept.set(place, found);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST) break;
      this.drop((kept) => kept === oldest);
    }
    return found;
  }

  /** Lets go of all, or of some places. */
  drop(isDropped: (place: string) => boolean = () => true): void {
    for (const [place, handle] of this.#kept) {
      if (!isDropped(place)) continue;
      this.#kept.delete(place);
      handle.free();
    }
  }
}
