import { describe, expect, test } from 'vitest';
import type { Part } from './expand.js';
import { rowsOf } from './picture.js';

/** A member at a byte, with so many bytes; containers have parts below them. */
function part(name: string, offset: number, size: number, depth = 0, type = 'int'): Part {
  return {
    what: 'member',
    depth,
    name,
    path: name,
    place: name,
    type,
    typeId: 1,
    open: null,
    isOpen: null,
    bitOffset: offset * 8,
    bitSize: size * 8,
    bitfield: false,
  };
}

/** A row as text: `0: a[0..4] b[4..8]`; `|` where a part goes on. */
function drawn(parts: Part[], size: number, width = 8): string[] {
  return rowsOf(parts, size, width).map(({ offset, bytes, lane, segments }) => {
    const blocks = segments.map(
      ({ index, start, end, first, last }) =>
        `${first ? '' : '|'}${parts[index]?.name}[${start / 8}..${end / 8}]${last ? '' : '|'}`,
    );
    return `${offset}${bytes > width ? `+${bytes}` : ''}${'/'.repeat(lane)}: ${blocks.join(' ')}`;
  });
}

describe('rows', () => {
  test('have what lies in them, beside each other', () => {
    expect(drawn([part('a', 0, 4), part('b', 4, 4), part('c', 8, 2)], 16)).toEqual([
      '0: a[0..4] b[4..8]',
      '8: c[0..2]',
    ]);
  });

  test('go on with what is longer than one', () => {
    expect(drawn([part('a', 0, 4), part('b', 4, 8), part('c', 12, 4)], 16)).toEqual([
      '0: a[0..4] b[4..8]|',
      '8: |b[0..4] c[4..8]',
    ]);
  });

  test('stand for many where nothing begins or ends in them', () => {
    expect(
      drawn([part('a', 0, 4), part('huge', 4, 1 << 20), part('z', (1 << 20) + 4, 4)], (1 << 20) + 8),
    ).toEqual(['0: a[0..4] huge[4..8]|', '8+1048568: |huge[0..8]|', '1048576: |huge[0..4] z[4..8]']);
    expect(drawn([part('buffer', 0, 4096)], 4096)).toEqual(['0+4096: buffer[0..8]']);
  });

  test('are as many as lie over each other in a union', () => {
    const parts = [
      part('', 0, 8, 0, 'union {...}'),
      part('whole', 0, 8, 1),
      part('', 0, 8, 1, 'struct {...}'),
      part('low', 0, 4, 2),
      part('high', 4, 4, 2),
      part('short', 0, 2, 1),
      part('after', 8, 8),
    ];
    expect(drawn(parts, 16)).toEqual([
      '0: whole[0..8]',
      '0/: low[0..4] high[4..8]',
      '0//: short[0..2]',
      '8: after[0..8]',
    ]);
  });

  test('show an array whole, though the parts of its first element follow', () => {
    const parts = [part('list', 0, 16, 0, 'struct {...}[2]'), part('a', 0, 4, 1), part('z', 16, 8)];
    expect(drawn(parts, 24)).toEqual(['0: list[0..8]|', '8: |list[0..8]', '16: z[0..8]']);
  });

  test('have bits as parts of their byte', () => {
    const bits = (name: string, bitOffset: number, bitSize: number): Part => ({
      ...part(name, 0, 0),
      bitOffset,
      bitSize,
      bitfield: true,
    });
    const [row] = rowsOf([bits('a', 0, 3), bits('b', 3, 5)], 4, 8);
    expect(row?.segments).toMatchObject([
      { start: 0, end: 3 },
      { start: 3, end: 8 },
    ]);
  });

  test('name each part once, where it has room', () => {
    const parts = [part('a', 0, 7), part('late', 7, 9)];
    const named = rowsOf(parts, 16, 8).map(({ segments }) =>
      segments.filter(({ named }) => named).map(({ index }) => parts[index]?.name),
    );
    expect(named).toEqual([['a'], ['late']]);
  });

  test('of nothing are one', () => {
    expect(drawn([], 0)).toEqual(['0: ']);
  });

  test('end where a hostile type has too many', () => {
    const parts = Array.from({ length: 2_000 }, (_, at) => part(`m${at}`, at % 7, 1 << 12));
    expect(rowsOf(parts, 1 << 12, 8).length).toBeLessThan(110_000);
  });
});
