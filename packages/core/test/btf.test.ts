import { afterAll, describe, expect, test } from 'vitest';
import { type BtfKind, type BtfType, parseBtf } from '../dist/node.js';
import { kernel, object } from './support.js';

describe('a kernel', () => {
  const btf = parseBtf(kernel);
  afterAll(() => btf.free());

  test('has a size that is its header, types and strings', () => {
    const { headerSize, typeBytes, stringBytes, size, split, firstId } = btf.info();
    expect({ split, firstId }).toEqual({ split: false, firstId: 1 });
    expect(headerSize + typeBytes + stringBytes).toBe(size);
    expect(btf.bytes()).toHaveLength(size);
  });

  test('names task_struct, whose pid is a member of 32 bits', () => {
    const tasks = [...btf.find('task_struct')].map((id) => btf.type(id));
    const task = tasks.find((type) => type?.kind === 'struct');
    if (task?.kind !== 'struct') throw new Error('no struct task_struct');
    const pid = task.members.find(({ name }) => name === 'pid');
    expect(pid).toMatchObject({ bitSize: 0, bitOffset: expect.any(Number) });
    expect((pid?.bitOffset ?? 1) % 32).toBe(0);
    expect((pid?.bitOffset ?? 0) / 8).toBeLessThan(task.size);
  });

  test('has void as type 0, and nothing beyond its last type', () => {
    expect(btf.type(0)).toEqual({ id: 0, name: '', kind: 'void' });
    expect(btf.type(btf.info().types + 1)).toBeUndefined();
    expect(btf.find('no such type anywhere')).toEqual(new Uint32Array());
  });

  test('gives raw bytes that parse to the same', () => {
    using again = parseBtf(btf.bytes());
    expect(again.info()).toEqual(btf.info());
  });
});

test('types() gives every own type once, in order, each with the fields of its kind', () => {
  using btf = parseBtf(object('bootstrap'));
  const types = [...btf.types()];
  expect(types.map(({ id }) => id)).toEqual(
    Array.from({ length: btf.info().types }, (_, index) => index + 1),
  );
  for (const type of types) expect(Object.keys(type).sort()).toEqual(FIELDS[type.kind]);
});

test('enumerators are bigint', () => {
  using btf = parseBtf(object('enums'));
  const values = [...btf.types()].flatMap((type) => ('values' in type ? type.values : []));
  expect(values.length).toBeGreaterThan(0);
  for (const { value } of values) expect(typeof value).toBe('bigint');
});

test('split BTF counts its types and strings from where its base ends', () => {
  using base = parseBtf(object('bootstrap'));
  const { types, stringBytes } = base.info();
  using split = parseBtf(splitTypedef('mine', stringBytes, 1), { base });
  expect(split.info()).toMatchObject({ split: true, firstId: types + 1, types: 1 });
  expect([...split.types()]).toEqual([{ id: types + 1, name: 'mine', kind: 'typedef', type: 1 }]);
  expect(split.type(1)).toEqual(base.type(1));
});

/** The split BTF of `typedef <type 1 of the base> name`. */
function splitTypedef(name: string, nameOffset: number, type: number): Uint8Array {
  const strings = new TextEncoder().encode(`${name}\0`);
  const bytes = new Uint8Array(24 + 12 + strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  const TYPEDEF = 8;
  const words = [24, 0, 12, 12, strings.length, nameOffset, TYPEDEF << 24, type];
  for (const [index, word] of words.entries()) view.setUint32(4 + index * 4, word, true);
  bytes.set(strings, 36);
  return bytes;
}

const FIELDS: Record<BtfKind, string[]> = Object.fromEntries(
  Object.entries({
    void: [],
    int: ['size', 'bits', 'bitOffset', 'signed', 'char', 'bool'],
    ptr: ['type'],
    volatile: ['type'],
    const: ['type'],
    restrict: ['type'],
    typedef: ['type'],
    type_tag: ['type', 'attribute'],
    array: ['type', 'indexType', 'length'],
    struct: ['size', 'members'],
    union: ['size', 'members'],
    enum: ['size', 'signed', 'values'],
    enum64: ['size', 'signed', 'values'],
    fwd: ['union'],
    func: ['type', 'linkage'],
    func_proto: ['returnType', 'params'],
    var: ['type', 'linkage'],
    datasec: ['size', 'variables'],
    float: ['size'],
    decl_tag: ['type', 'component', 'attribute'],
  } satisfies { [Kind in BtfKind]: (keyof Extract<BtfType, { kind: Kind }>)[] }).map(([kind, fields]) => [
    kind,
    ['id', 'name', 'kind', ...fields].sort(),
  ]),
) as Record<BtfKind, string[]>;
