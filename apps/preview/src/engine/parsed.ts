// Parsed things that are asked for again and again: the last few are kept.
import type { Handle } from '@bpfc/core/slim';

export class Parsed<T extends Handle> {
  readonly #most: number;
  /** The one used last comes last. */
  readonly #kept = new Map<string, T>();

  /** @param most - how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  has(place: string): boolean {
    return this.#kept.has(place);
  }

  /** What is kept of this place, or what `parse` makes of it. */
  get(place: string, parse: () => T): T {
    const found = this.#kept.get(place) ?? parse();
    this.#kept.delete(place);
    this.#kept.set(place, found);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
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
