import type { LayoutPart, MemberDifference } from '@bpfc/core/slim';
import { describe, expect, test } from 'vitest';
import type { ComparedType } from '../../engine/engine.js';
import { countChanges, merge } from './merge.js';

/** A struct of `int`s, one behind the other. */
function struct(...names: string[]): ComparedType {
  const parts = names.map(
    (name, at): LayoutPart => ({
      what: 'member',
      depth: 0,
      name,
      path: name,
      type: 'int',
      typeId: 1,
      open: null,
      bitOffset: at * 32,
      bitSize: 32,
      bitfield: false,
    }),
  );
  const size = names.length * 4;
  const layout = { id: 2, kind: 'struct' as const, name: 'x', size, align: 4, parts };
  return {
    id: 2,
    kind: 'struct',
    name: 'x',
    size,
    definition: { text: '', links: [] },
    layout,
    enumerators: [],
  };
}

function enumeration(values: Record<string, string>): ComparedType {
  const enumerators = Object.entries(values).map(([name, value]) => ({ name, value }));
  return { ...struct(), kind: 'enum', layout: null, enumerators };
}

function compared(
  old: ComparedType | null,
  current: ComparedType | null,
  members: MemberDifference[],
  change: 'added' | 'removed' | 'changed' = 'changed',
) {
  return { old, current, difference: { name: 'x', change, old: null, new: null, members } };
}

const at = (bitOffset: number, type = 'int', bitSize = 0) => ({ type, bitOffset, bitSize });

describe('rows', () => {
  test('are in the order of the new type, what was removed where it was', () => {
    const rows = merge(
      compared(struct('a', 'gone', 'b', 'last'), struct('a', 'come', 'b'), [
        { name: 'come', changes: ['added'], old: null, new: at(32) },
        { name: 'gone', changes: ['removed'], old: at(32), new: null },
        { name: 'last', changes: ['removed'], old: at(96), new: null },
      ]),
    );
    expect(rows.map(({ name, changes }) => [name, ...changes])).toEqual([
      ['a'],
      ['come', 'added'],
      ['gone', 'removed'],
      ['b'],
      ['last', 'removed'],
    ]);
  });

  test('have both sides, with sizes from the layouts', () => {
    const [a, b] = merge(
      compared(struct('a', 'b'), struct('b', 'a'), [
        { name: 'b', changes: ['moved'], old: at(32), new: at(0) },
        { name: 'a', changes: ['moved', 'retyped'], old: at(0, 'int', 3), new: at(32, 'long') },
      ]),
    ).sort((one, other) => one.name.localeCompare(other.name));
    expect(a).toEqual({
      name: 'a',
      changes: ['moved', 'retyped'],
      old: { bitOffset: 0, bitSize: 3, bitfield: true, text: 'int' },
      current: { bitOffset: 32, bitSize: 32, bitfield: false, text: 'long' },
    });
    expect(b).toMatchObject({ old: { bitOffset: 32, bitSize: 32 }, current: { bitOffset: 0, bitSize: 32 } });
  });

  test('are each told once, also where members changed places', () => {
    const rows = merge({ old: struct('a', 'b', 'c'), current: struct('c', 'a', 'b'), difference: null });
    expect(rows.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(rows.every(({ changes, old, current }) => changes.length === 0 && old && current)).toBe(true);
  });

  test('have what no layout has: members behind pointers, types, prototypes', () => {
    const rows = merge(
      compared(struct('p'), struct('p'), [
        { name: 'p.inner', changes: ['added'], old: null, new: at(8, 'char') },
        { name: '', changes: ['retyped'], old: at(0, 'int (int)'), new: at(0, 'int (long)') },
      ]),
    );
    expect(rows.map(({ name }) => name)).toEqual(['p', 'p.inner', '']);
    expect(rows[2]).toMatchObject({ old: { text: 'int (int)' }, current: { text: 'int (long)' } });
  });

  test('of an enum are its values', () => {
    const rows = merge(
      compared(enumeration({ A: '0', B: '1' }), enumeration({ A: '0', NEW: '1', B: '2' }), [
        { name: 'NEW', changes: ['added'], old: null, new: { value: '1' } },
        { name: 'B', changes: ['renumbered'], old: { value: '1' }, new: { value: '2' } },
      ]),
    );
    expect(
      rows.map(({ name, changes, old, current }) => [name, changes[0], old?.text, current?.text]),
    ).toEqual([
      ['A', undefined, '0', '0'],
      ['NEW', 'added', undefined, '1'],
      ['B', 'renumbered', '1', '2'],
    ]);
  });

  test('of a type that one side lacks are all of the other', () => {
    const rows = merge(compared(null, struct('a', 'b'), [], 'added'));
    expect(rows.map(({ name, old, current }) => [name, old, current?.text])).toEqual([
      ['a', null, 'int'],
      ['b', null, 'int'],
    ]);
  });
});

test('changes are counted by what they are', () => {
  const rows = merge(
    compared(struct('a', 'b'), struct('a', 'b'), [
      { name: 'a', changes: ['moved', 'retyped'], old: at(0), new: at(32, 'long') },
      { name: 'b', changes: ['moved'], old: at(32), new: at(0) },
    ]),
  );
  expect(countChanges(rows)).toEqual(
    new Map([
      ['moved', 2],
      ['retyped', 1],
    ]),
  );
});
