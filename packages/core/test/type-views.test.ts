// Types as a page shows them: found, listed, in C, laid out.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type LayoutPart, parseBtf } from '../dist/node.js';
import { kernel, object } from './support.js';

const btf = parseBtf(kernel);
afterAll(() => btf.free());

/** The id of the first type that a text finds. */
const first = (text: string) => btf.search(text)[0] ?? 0;

describe('search', () => {
  test('finds the type of that name first', () => {
    expect(btf.summaries(btf.search('struct task_struct').subarray(0, 1))).toEqual([
      { id: first('struct task_struct'), kind: 'struct', name: 'task_struct', size: expect.any(Number) },
    ]);
    expect(btf.search('no such type anywhere')).toEqual(new Uint32Array());
  });

  test('finds all that have a name for no text', () => {
    const named = [...btf.types()].filter(({ name, kind }) => name !== '' && !kind.endsWith('_tag'));
    expect([...btf.search('')].sort((a, b) => a - b)).toEqual(named.map(({ id }) => id));
  });
});

test('summaries are in the order of the ids, without those that do not exist', () => {
  const [list, typedef] = [first('struct list_head'), first('typedef spinlock_t')];
  const summaries = btf.summaries(Uint32Array.of(typedef, 0xffff_ffff, list, 0));
  expect(summaries).toEqual([
    { id: typedef, kind: 'typedef', name: 'spinlock_t', size: null },
    { id: list, kind: 'struct', name: 'list_head', size: 16 },
    { id: 0, kind: 'void', name: '', size: null },
  ]);
});

describe('definition', () => {
  test('is what a dump has of the type', () => {
    const { text } = btf.definition(first('struct hlist_head'));
    expect(text).toBe('struct hlist_head {\n\tstruct hlist_node *first;\n};');
    expect(btf.dump('c', ['struct hlist_head'])).toContain(`\n${text}\n`);
  });

  test('links are the names of the types they lead to', () => {
    const { text, links } = btf.definition(first('struct task_struct'));
    expect(links.length).toBeGreaterThan(100);
    const names = btf.summaries(Uint32Array.from(links, ({ id }) => id)).map(({ name }) => name);
    expect(links.map(({ start, end }) => text.slice(start, end))).toEqual(names);
  });

  test('every type has one', () => {
    using small = parseBtf(object('enums'));
    for (const { id } of small.types()) expect(small.definition(id).text).not.toBe('');
    expect(() => small.definition(small.info().types + 1)).toThrow(
      expect.objectContaining({ code: 'ARG_TYPE' }),
    );
  });
});

describe('layout', () => {
  const end = ({ bitOffset, bitSize }: LayoutPart) => bitOffset + bitSize;

  test('has the members of a struct, those of anonymous types below theirs', () => {
    const page = btf.layout(first('struct page'));
    expect(page).toMatchObject({ kind: 'struct', name: 'page', size: 64, align: expect.any(Number) });
    expect(page.parts[0]).toMatchObject({
      what: 'member',
      depth: 0,
      name: 'flags',
      path: 'flags',
      bitOffset: 0,
    });
    const lru = page.parts.find(({ name }) => name === 'lru');
    expect(lru).toMatchObject({ path: 'lru', type: 'struct list_head', open: first('struct list_head') });
    expect(lru?.depth).toBeGreaterThan(0);
  });

  test('members and gaps of a struct leave nothing between them', () => {
    const structs = btf.search('struct ');
    fc.assert(
      fc.property(fc.nat({ max: structs.length - 1 }), (index) => {
        const { parts, size } = btf.layout(structs[index] ?? 0);
        const own = parts.filter(({ depth }) => depth === 0);
        expect(own.map(({ bitOffset }) => bitOffset)).toEqual([0, ...own.map(end)].slice(0, own.length));
        expect(Math.max(0, ...own.map(end))).toBe(size * 8);
        for (const { what, name, path, type, typeId, open } of own) {
          if (what !== 'member') expect([name, path, type, typeId, open]).toEqual(['', '', '', 0, null]);
        }
      }),
    );
  });

  test('follows typedefs, and refuses what has no members', () => {
    expect(btf.layout(first('typedef spinlock_t'))).toMatchObject({ kind: 'struct', name: 'spinlock' });
    expect(() => btf.layout(first('typedef u32'))).toThrow(expect.objectContaining({ code: 'ARG_TYPE' }));
  });
});
