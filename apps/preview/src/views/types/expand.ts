// A layout with members laid out in place.
import type { LayoutPart, TypeLayout } from '@bpfc/core/slim';

/** A part of a layout, or of one that is inside it. Offsets are bits from the start of the outermost type. */
export interface Part extends LayoutPart {
  /** Names the member in links, where it can be laid out. */
  place: string;
  /** Whether its own members follow; null where it has none to lay out. */
  isOpen: boolean | null;
}

/** How deep members of members are laid out: a hostile type may be inside itself. */
const MOST_DEPTH = 32;

/** Parts of all that may be shown: 16 levels of a doubled member are 65536. */
const MOST_PARTS = 200_000;

/** The parts of a layout; below each member whose place is in `open` those of its type, as far as `layouts` has it. */
export function expand(
  layout: TypeLayout,
  open: ReadonlySet<string>,
  layouts: ReadonlyMap<number, TypeLayout>,
): Part[] {
  const parts: Part[] = [];
  const add = (layout: TypeLayout, before: string, depth: number, bitOffset: number) => {
    for (const part of layout.parts) {
      if (parts.length >= MOST_PARTS) return;
      const place = before + part.path;
      const canOpen = part.open !== null && part.path !== '' && depth < MOST_DEPTH;
      const inside = canOpen && open.has(place) ? layouts.get(part.open ?? 0) : undefined;
      const shown: Part = {
        ...part,
        place,
        depth: depth + part.depth,
        bitOffset: bitOffset + part.bitOffset,
        isOpen: canOpen ? inside !== undefined : null,
      };
      parts.push(shown);
      if (inside) add(inside, `${place}.`, shown.depth + 1, shown.bitOffset);
    }
  };
  add(layout, '', 0, 0);
  return parts;
}

/** Ids of the types that {@link expand} lacks. */
export function missingIn(
  parts: readonly Part[],
  open: ReadonlySet<string>,
  layouts: ReadonlyMap<number, TypeLayout>,
): number[] {
  const ids = parts.flatMap(({ place, isOpen, open: id }) =>
    isOpen === false && open.has(place) && id !== null && !layouts.has(id) ? [id] : [],
  );
  return [...new Set(ids)];
}
