import type { LayoutPart, TypeLayout } from '@bpfc/core/slim';
import { expect, test } from 'vitest';
import { expand, missingIn } from './expand.js';

function member(path: string, bitOffset: number, open: number | null, depth = 0): LayoutPart {
  return {
    what: 'member',
    depth,
    name: path,
    path,
    type: 'struct x',
    typeId: 1,
    open,
    bitOffset,
    bitSize: 64,
    bitfield: false,
  };
}

const layout = (id: number, parts: LayoutPart[]): TypeLayout => ({
  id,
  kind: 'struct',
  name: 'x',
  size: 16,
  align: 8,
  parts,
});

const outer = layout(1, [member('first', 0, 2), member('second', 64, 2), member('plain', 128, null)]);
const inner = layout(2, [member('a', 0, null), member('again', 64, 2)]);
const layouts = new Map([[2, inner]]);

test('members that are open have theirs below them, from where they are', () => {
  const parts = expand(outer, new Set(['second', 'second.again']), layouts);
  expect(parts.map(({ place, depth, bitOffset, isOpen }) => [place, depth, bitOffset, isOpen])).toEqual([
    ['first', 0, 0, false],
    ['second', 0, 64, true],
    ['second.a', 1, 64, null],
    ['second.again', 1, 128, true],
    ['second.again.a', 2, 128, null],
    ['second.again.again', 2, 192, false],
    ['plain', 0, 128, null],
  ]);
});

test('a layout that is not there yet is asked for once', () => {
  const open = new Set(['first', 'second']);
  const parts = expand(outer, open, new Map());
  expect(missingIn(parts, open, new Map())).toEqual([2]);
  expect(missingIn(expand(outer, open, layouts), open, layouts)).toEqual([]);
});

test('what is inside itself ends', () => {
  const deep = Array.from({ length: 99 }, (_, depth) => ['first', ...Array(depth).fill('again')].join('.'));
  expect(expand(outer, new Set(deep), layouts).length).toBeLessThan(99);
});
