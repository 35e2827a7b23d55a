// A type of two kernels as one list: what differs, from `diff`, among what is equal, from both layouts.
import type { LayoutPart, MemberDifference, MemberVersion } from '@bpfc/core/slim';
import type { Compared, ComparedType } from '../../engine/engine.js';

export type Change = MemberDifference['changes'][number];

export interface MergedRow {
  /** As `diff` has it; empty for a typedef's type and a prototype. */
  name: string;
  /** None where nothing differs. */
  changes: readonly Change[];
  old: Cell | null;
  current: Cell | null;
}

/** One side of a row. */
export interface Cell {
  /** Bits from the start of the type; null for enumerators, types and prototypes. */
  bitOffset: number | null;
  /** Bits. Null where it has none, or where only `diff` has the member: it tells those of bitfields. */
  bitSize: number | null;
  bitfield: boolean;
  /** A member's type in C's words, or an enumerator's value. */
  text: string;
}

/** In the order of the new side; what was removed stands where it was. */
export function merge({ old, current, difference }: Compared): MergedRow[] {
  const changed = new Map(difference?.members.map((member) => [member.name, member]));
  const before = cellsOf(old);
  const after = cellsOf(current);
  const rows: MergedRow[] = [];
  const told = new Set<string>();

  // Where both have a member, the two lists meet: what was removed before it is told then, behind what was added.
  const olds = [...before.keys()];
  const places = new Map(olds.map((key, place) => [key, place]));
  let next = 0;
  const add = (key: string) => {
    if (told.has(key)) return;
    told.add(key);
    rows.push(rowOf(key, changed.get(key), before.get(key), after.get(key)));
  };
  for (const key of after.keys()) {
    const place = places.get(key) ?? -1;
    if (place >= next) {
      for (const skipped of olds.slice(next, place)) if (!after.has(skipped)) add(skipped);
      next = place + 1;
    }
    add(key);
  }
  for (const key of olds) add(key);
  // What has no place in a layout: what a member points to, a typedef's type, a prototype.
  for (const key of changed.keys()) add(key);
  return rows;
}

/** Changes by name, for the ones that there are. */
export function countChanges(rows: readonly MergedRow[]): Map<Change, number> {
  const counts = new Map<Change, number>();
  for (const { changes } of rows)
    for (const change of changes) counts.set(change, (counts.get(change) ?? 0) + 1);
  return counts;
}

function rowOf(
  name: string,
  difference: MemberDifference | undefined,
  old: Cell | undefined,
  current: Cell | undefined,
): MergedRow {
  return {
    name,
    changes: difference?.changes ?? [],
    old: difference ? told(difference.old, old) : (old ?? null),
    current: difference ? told(difference.new, current) : (current ?? null),
  };
}

/** A side as `diff` tells it, with the size that the layout knows. */
function told(version: MemberVersion | null, laidOut: Cell | undefined): Cell | null {
  if (!version) return null;
  if ('value' in version) return { bitOffset: null, bitSize: null, bitfield: false, text: version.value };
  const { type, bitOffset, bitSize } = version;
  return {
    bitOffset,
    bitSize: bitSize > 0 ? bitSize : (laidOut?.bitSize ?? null),
    bitfield: bitSize > 0,
    text: type,
  };
}

function cellsOf(side: ComparedType | null): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const part of side?.layout?.parts ?? []) if (part.path !== '') cells.set(part.path, cellOf(part));
  for (const { name, value } of side?.enumerators ?? []) {
    cells.set(name, { bitOffset: null, bitSize: null, bitfield: false, text: value });
  }
  return cells;
}

function cellOf({ bitOffset, bitSize, bitfield, type }: LayoutPart): Cell {
  return { bitOffset, bitSize, bitfield, text: type };
}
