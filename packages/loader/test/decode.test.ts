import { BpfcError, type Btf, parseBtf } from '@bpfc/core';
import { describe, expect, test } from 'vitest';
import { decoderOf, type EventValue } from '../src/decode.js';
import { type Layout, layoutOfType, type MemberLayout, type RecordLayout } from '../src/layout.js';
import { object } from './support.js';

const decode = (layout: Layout, bytes: readonly number[], endian: 'little' | 'big' = 'little'): EventValue =>
  decoderOf({ name: 'event', layout, endian }).decode(Buffer.from(bytes), bytes.length);

const struct = (
  size: number,
  ...members: (Partial<MemberLayout> & { name: string; layout: Layout })[]
): Layout => ({
  kind: 'struct',
  size,
  members: members.map((member) => ({ bitOffset: 0, bitSize: 0, ...member })),
});
const number = (size: number, signed = false): Layout => ({ kind: 'number', size, signed, big: size > 6 });
const U8 = number(1);
const U16 = number(2);
const U32 = number(4);
const I32 = number(4, true);

describe('one value', () => {
  test.each<[string, Layout, number[], EventValue, EventValue]>([
    ['u8', U8, [0xff], 255, 255],
    ['s8', number(1, true), [0xff], -1, -1],
    ['u16', U16, [1, 2], 0x0201, 0x0102],
    ['s16', number(2, true), [0xfe, 0xff], -2, -257],
    ['u32', U32, [0xff, 0xff, 0xff, 0xff], 4294967295, 4294967295],
    ['s32', I32, [1, 0, 0, 0x80], -2147483647, 0x01000080],
    ['u64', number(8), [1, 0, 0, 0, 0, 0, 0, 0x80], 0x8000000000000001n, 0x0100000000000080n],
    ['s64', number(8, true), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -1n, -1n],
    ['s128', number(16, true), [...Array(15).fill(0), 0x80], -(2n ** 127n), 0x80n],
    ['bool', { kind: 'bool', size: 1 }, [2], true, true],
    ['char', { kind: 'char', size: 1 }, [0x41], 'A', 'A'],
    ['no char', { kind: 'char', size: 1 }, [0], '', ''],
    ['bytes', { kind: 'bytes', size: 2 }, [1, 2], Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
  ])('%s, little- and big-endian', (_name, layout, bytes, little, big) => {
    expect(decode(layout, bytes, 'little')).toEqual(little);
    expect(decode(layout, bytes, 'big')).toEqual(big);
  });

  test.each([
    ['float', 4, [0x3f, 0xc0, 0, 0]],
    ['double', 8, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ])('%s', (_name, size, bytes) => {
    expect(decode({ kind: 'float', size }, bytes, 'big')).toBe(1.5);
    expect(decode({ kind: 'float', size }, bytes.toReversed(), 'little')).toBe(1.5);
  });

  test('text ends at its first NUL, or with its bytes', () => {
    const text: Layout = { kind: 'string', size: 4 };
    expect(decode(text, [0x61, 0x62, 0, 0x63])).toBe('ab');
    expect(decode(text, [0x61, 0x62, 0x63, 0x64])).toBe('abcd');
    expect(decode(text, [0xc3, 0xa9, 0xff, 0])).toBe('é\ufffd');
  });

  test('an enumerator by its name, other values as numbers', () => {
    const names = new Map([
      [-1n, 'NONE'],
      [2n, 'TWO'],
    ]);
    const small: Layout = { kind: 'enum', size: 4, signed: true, names };
    expect(decode(small, [0xff, 0xff, 0xff, 0xff])).toBe('NONE');
    expect(decode(small, [0, 0, 0, 2], 'big')).toBe('TWO');
    expect(decode(small, [3, 0, 0, 0])).toBe(3);
    expect(decode({ kind: 'enum', size: 8, signed: false, names }, [3, 0, 0, 0, 0, 0, 0, 0])).toBe(3n);
  });
});

describe('a struct', () => {
  test('nested, with arrays; an anonymous one counts as the outer', () => {
    const inner = struct(4, { name: 'a', layout: U16 }, { name: 'b', layout: U16, bitOffset: 16 });
    const layout = struct(
      16,
      { name: 'list', layout: { kind: 'array', size: 4, element: U16 } },
      { name: 'inner', layout: inner, bitOffset: 32 },
      { name: '', layout: struct(4, { name: 'x', layout: U32 }, { name: 'y', layout: U16 }), bitOffset: 64 },
      {
        name: 'words',
        layout: { kind: 'array', size: 4, element: { kind: 'string', size: 2 } },
        bitOffset: 96,
      },
    );
    const bytes = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 1, 0, 0x61, 0, 0x62, 0x63];
    expect(decode(layout, bytes)).toEqual({
      list: [1, 2],
      inner: { a: 3, b: 4 },
      x: 0x10005,
      y: 5,
      words: ['a', 'bc'],
    });
  });

  // struct { u32 a : 3; s32 b : 7; u32 c : 22; } = { 5, -2, 0x12345 }, as clang places it for either byte order.
  test.each<['little' | 'big', number[], number]>([
    ['little', [0xf5, 0x17, 0x8d, 0x04], 3],
    ['big', [0xbf, 0x81, 0x23, 0x45], 3],
  ])('bitfields, %s-endian', (endian, bytes, bitOffset) => {
    const layout = struct(
      4,
      { name: 'a', layout: U32, bitOffset: 0, bitSize: 3 },
      { name: 'b', layout: I32, bitOffset, bitSize: 7 },
      { name: 'c', layout: U32, bitOffset: 10, bitSize: 22 },
    );
    expect(decode(layout, bytes, endian)).toEqual({ a: 5, b: -2, c: 0x12345 });
  });

  test('bitfields of other types', () => {
    const names = new Map([[1n, 'ONE']]);
    const layout = struct(
      8,
      { name: 'flag', layout: { kind: 'bool', size: 1 }, bitOffset: 0, bitSize: 1 },
      { name: 'kind', layout: { kind: 'enum', size: 4, signed: false, names }, bitOffset: 1, bitSize: 2 },
      { name: 'large', layout: number(8), bitOffset: 3, bitSize: 60 },
    );
    expect(decode(layout, [0b1011, 0, 0, 0, 0, 0, 0, 0x40])).toEqual({
      flag: true,
      kind: 'ONE',
      large: (1n << 59n) + 1n,
    });
  });

  test('what the program left out reads as zero; the record before is not seen', () => {
    const layout = struct(8, { name: 'a', layout: U32 }, { name: 'b', layout: U32, bitOffset: 32 });
    const decoder = decoderOf({ name: 'event', layout, endian: 'little' });
    expect(decoder.decode(Buffer.from([1, 0, 0, 0, 2, 0, 0, 0]), 8)).toEqual({ a: 1, b: 2 });
    expect(decoder.decode(Buffer.from([3, 0, 0, 0, 2, 0, 0, 0]), 4)).toEqual({ a: 3, b: 0 });
    expect(decoder.decode(Buffer.alloc(0), 0)).toEqual({ a: 0, b: 0 });
  });

  test('a flexible array has what is left of the record', () => {
    const text = struct(
      1,
      { name: 'n', layout: U8 },
      { name: 'text', layout: { kind: 'string', size: 0 }, bitOffset: 8 },
    );
    expect(decode(text, [2, 0x68, 0x69])).toEqual({ n: 2, text: 'hi' });
    const list = struct(
      2,
      { name: 'n', layout: U16 },
      { name: 'list', layout: { kind: 'array', size: 0, element: U16 }, bitOffset: 16 },
    );
    expect(decode(list, [2, 0, 1, 0, 2, 0, 9])).toEqual({ n: 2, list: [1, 2] });
    expect(decode(list, [])).toEqual({ n: 0, list: [] });
  });

  test('a member may have any name', () => {
    const event = decode(struct(1, { name: '__proto__', layout: U8 }), [7]);
    expect(Object.entries(event)).toEqual([['__proto__', 7]]);
  });
});

/** A BTF of these types' records (include/uapi/linux/btf.h), whose only names are those of type 1, `t`, and of members, `m`. */
function btfOf(...records: number[][]): Uint8Array {
  const types = new Uint32Array(records.flat());
  const strings = new TextEncoder().encode('\0t\0m\0');
  const header = [24, 0, types.byteLength, types.byteLength, strings.length];
  const bytes = Buffer.alloc(24 + types.byteLength + strings.length);
  bytes.writeUInt16LE(0xeb9f, 0);
  bytes.writeUInt8(1, 2);
  for (const [index, word] of header.entries()) bytes.writeUInt32LE(word, 4 + 4 * index);
  for (const [index, word] of types.entries()) bytes.writeUInt32LE(word, 24 + 4 * index);
  bytes.set(strings, 24 + types.byteLength);
  return bytes;
}

const [T, M] = [1, 3];
const kind = (kind: number, members = 0) => (kind << 24) | members;
const [INT, ARRAY, STRUCT, ENUM] = [1, 3, 4, 6];
/** `unsigned int`, as type 2. */
const UINT = [0, kind(INT), 4, 32];

function layoutOrCode(btf: Btf, id: number): RecordLayout | string {
  try {
    return layoutOfType(btf, id);
  } catch (error) {
    if (!(error instanceof BpfcError)) throw error;
    return error.code;
  }
}

describe('the type in the BTF of an object', () => {
  const layoutOf = (
    name: string,
    type: string,
    asBytes?: readonly string[],
    target: 'bpfel' | 'bpfeb' = 'bpfel',
  ) => {
    using btf = parseBtf(object(name, target));
    return layoutOfType(btf, btf.find(type)[0] ?? 0, asBytes);
  };
  const refused = (text: string) =>
    expect.objectContaining({ code: 'LOADER_TYPE', message: expect.stringContaining(text) });

  test("bootstrap's event", () => {
    const { name, endian, layout } = layoutOf('bootstrap', 'event');
    expect({ name, endian, size: layout.size }).toEqual({ name: 'event', endian: 'little', size: 168 });
    const record = Buffer.alloc(168);
    record.writeInt32LE(-7, 0);
    record.writeBigUInt64LE(12n, 16);
    record.write('sh', 24);
    record.writeUInt8(1, 167);
    expect(decoderOf({ name, endian, layout }).decode(record, 168)).toEqual({
      pid: -7,
      ppid: 0,
      exit_code: 0,
      duration_ns: 12n,
      comm: 'sh',
      filename: '',
      exit_event: true,
    });
  });

  test('of a big-endian object', () => {
    const record = layoutOf('execsnoop', 'event', ['args'], 'bpfeb');
    const event = decoderOf(record).decode(Buffer.from([0, 0, 1, 0]), 4);
    expect(event).toMatchObject({ pid: 256, comm: '', args: expect.any(Uint8Array) });
  });

  test.each(['bpfel', 'bpfeb'] as const)(
    'whatever type and whatever record: a value or LOADER_TYPE, %s',
    (target) => {
      const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 167) & 0xff));
      let decoded = 0;
      for (const name of ['bitfields', 'arrays', 'enums', 'anonymous', 'fields', 'types', 'execsnoop']) {
        using btf = parseBtf(object(name, target));
        for (const { id } of btf.types()) {
          const record = layoutOrCode(btf, id);
          if (typeof record === 'string') {
            expect(record).toBe('LOADER_TYPE');
            continue;
          }
          const decoder = decoderOf(record);
          for (const length of [0, 1, 7, 64, 511]) expect(decoder.decode(bytes, length)).toBeDefined();
          decoded += 1;
        }
      }
      expect(decoded).toBeGreaterThan(100);
    },
  );

  test('members that are asked for as bytes have to be there', () => {
    expect(() => layoutOf('execsnoop', 'event', ['nobody'])).toThrow(refused('nobody'));
  });

  test.each<[string, number[][]]>([
    ['a member beyond its struct', [[T, kind(STRUCT, 1), 4, M, 2, 32], UINT]],
    ['a member between bytes', [[T, kind(STRUCT, 1), 8, M, 2, 4], UINT]],
    ['a struct in itself', [[T, kind(STRUCT, 1), 4, M, 1, 0]]],
    ['an array of itself', [[0, kind(ARRAY), 0, 1, 2, 1], UINT]],
    ['a record that no buffer holds', [[0, kind(ARRAY), 0, 2, 2, 1 << 20], UINT]],
    [
      'an enum of thousands of names, thousands of times',
      [
        [T, kind(STRUCT, 2000), 4, ...Array.from({ length: 2000 }, () => [M, 2, 0]).flat()],
        [0, kind(ENUM, 2000), 4, ...Array.from({ length: 2000 }, (_, value) => [M, value]).flat()],
      ],
    ],
    ['empty values without number', [[0, kind(ARRAY), 0, 2, 3, 0xffff_ffff], [0, kind(STRUCT), 0], UINT]],
  ])('%s is refused', (_what, records) => {
    using btf = parseBtf(btfOf(...records));
    expect(layoutOrCode(btf, 1)).toBe('LOADER_TYPE');
  });

  test('what no record can hold is refused', () => {
    expect(() => layoutOf('execsnoop', 'tracepoint_sys_enter_execve')).toThrow(refused('func'));
    using btf = parseBtf(object('execsnoop'));
    expect(() => layoutOfType(btf, 100_000)).toThrow(refused('damaged'));
  });
});
