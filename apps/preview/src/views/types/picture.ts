// The bytes of a type as rows, with the members that lie in them.
import type { Part } from './expand.js';

/** A part as far as it lies in a row. */
export interface Segment {
  /** Of the part. */
  index: number;
  /** Bits from the start of the row. */
  start: number;
  end: number;
  /** Whether the part begins and ends here. */
  first: boolean;
  last: boolean;
  /** Whether its name is here: once, where there is room for it. */
  named: boolean;
}

/** Bytes beside each other. What overlaps, as in a union, has a row for each that lies there. */
export interface PictureRow {
  /** Bytes from the start of the type. */
  offset: number;
  /** Bytes: of one row, or of all that stand in it where nothing begins or ends in them. */
  bytes: number;
  /** 0 for the first of those of the same bytes. */
  lane: number;
  segments: Segment[];
}

/** Rows of which one stands for all when nothing begins or ends in them. */
const FOLDED = 3;

/** Rows that are shown: a hostile file's members may all lie over each other. */
const MOST_ROWS = 100_000;

interface Leaf {
  index: number;
  start: number;
  end: number;
  lane: number;
}

/** Rows of so many bytes; parts are in the order of {@link expand}. */
export function rowsOf(parts: readonly Part[], size: number, width: number): PictureRow[] {
  const bits = width * 8;
  const total = Math.max(1, Math.ceil(size / width));
  const leaves = leavesOf(parts).sort((a, b) => a.start - b.start);
  const rows: PictureRow[] = [];
  const named = new Set<number>();
  let next = 0;
  let lying: Leaf[] = [];
  for (let row = 0; row < total && rows.length < MOST_ROWS; ) {
    const start = row * bits;
    for (let leaf = leaves[next]; leaf && leaf.start < start + bits; leaf = leaves[++next]) lying.push(leaf);
    // As long as the same lie over all of each row, one row stands for them.
    const ends = lying.map(({ end }) => Math.floor(end / bits));
    const same = lying.every((leaf) => leaf.start <= start && leaf.end >= start + bits);
    const until = Math.min(
      total,
      Math.floor((leaves[next]?.start ?? Number.POSITIVE_INFINITY) / bits),
      ...some(ends),
    );
    const folded = same && until - row >= FOLDED ? until - row : 1;
    const end = (row + folded) * bits;
    for (const [lane, leaves] of inLanes(lying).entries()) {
      const segments = leaves.map((leaf): Segment => {
        const from = Math.max(leaf.start, start);
        const to = Math.min(leaf.end, end);
        // Where it has little room and the next row has more, its name waits.
        const isNamed = !named.has(leaf.index) && (to - from >= bits / 4 || leaf.end - end <= to - from);
        if (isNamed) named.add(leaf.index);
        return {
          index: leaf.index,
          start: (from - start) / folded,
          end: (to - start) / folded,
          first: leaf.start >= start,
          last: leaf.end <= end,
          named: isNamed || folded > 1,
        };
      });
      rows.push({ offset: row * width, bytes: Math.min(folded * width, size - row * width), lane, segments });
    }
    row += folded;
    lying = lying.filter((leaf) => leaf.end > end);
  }
  return rows;
}

/** What lies in each lane; one without anything where there is none. */
function inLanes(lying: readonly Leaf[]): Leaf[][] {
  const lanes = new Map<number, Leaf[]>();
  for (const leaf of lying) {
    const lane = lanes.get(leaf.lane);
    if (lane) lane.push(leaf);
    else lanes.set(leaf.lane, [leaf]);
  }
  return lanes.size === 0 ? [[]] : [...lanes].sort(([a], [b]) => a - b).map(([, leaves]) => leaves);
}

/** For `Math.min`, which takes no more than the stack holds. */
function some(numbers: readonly number[]): number[] {
  return numbers.length === 0 ? [] : [numbers.reduce((a, b) => Math.min(a, b))];
}

/**
 * What is seen of the parts: those without parts of their own. What overlaps gets a lane for each, what is inside an anonymous
 * struct those of the struct.
 */
function leavesOf(parts: readonly Part[]): Leaf[] {
  const leaves: Leaf[] = [];
  let at = 0;
  /** Puts the parts of one depth in lanes from the one given; tells how many they take. */
  const place = (depth: number, lane: number, within: number): number => {
    /** Where what lies in each lane ends. */
    const ends: number[] = [];
    for (let part = parts[at]; part && part.depth >= depth; part = parts[at]) {
      const index = at++;
      const start = part.bitOffset;
      const end = Math.min(within, start + part.bitSize);
      const hasOwn = (parts[at]?.depth ?? -1) > part.depth;
      const own = Math.min(lane + freeLane(ends, start), MOST_LANES);
      let height = 1;
      if (hasOwn && part.type.endsWith(']')) {
        // Its elements' parts are those of the first: the others would look empty.
        while ((parts[at]?.depth ?? -1) > part.depth) at++;
        if (end > start) leaves.push({ index, start, end, lane: own });
      } else if (hasOwn) {
        height = place(part.depth + 1, own, end);
      } else if (end > start) {
        leaves.push({ index, start, end, lane: own });
      }
      if (end > start) for (let taken = 0; taken < height; taken++) ends[own - lane + taken] = end;
    }
    return Math.max(1, ends.length);
  };
  place(0, 0, Number.POSITIVE_INFINITY);
  return leaves;
}

/** What overlaps in more ways than this shares the last lane: no compiler writes it, and each lane is looked through. */
const MOST_LANES = 1000;

/** The first lane from which on all are free. */
function freeLane(ends: readonly number[], start: number): number {
  return ends.findLastIndex((end) => end > start) + 1;
}
