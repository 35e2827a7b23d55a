// Records of a map to values.
import type { Endian } from '@bpfc/core';
import type { Layout, MemberLayout, RecordLayout } from './layout.js';

/**
 * A value of an event: integers of up to 32 bits as numbers, larger ones and pointers as bigints, `char` and `char[]` as
 * strings, enums as their enumerator's name (as a number where there is none), structs and unions as objects, arrays as
 * arrays, what JavaScript has no value for as bytes.
 */
export type EventValue =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | EventValue[]
  | { [member: string]: EventValue };

/** A record: `bytes` has at least the size of its type, of which the record fills the first `length`. */
interface Source {
  bytes: Buffer;
  length: number;
}

/** `size` is bytes. */
interface Integer {
  size: number;
  signed: boolean;
}

type Reader = (source: Source, at: number) => EventValue;

/** Reads records of one type. */
export interface Decoder {
  /**
   * Reads one record. What the program left out at the end reads as zero; what comes after the type (a perf buffer pads its
   * records) is left aside, unless the type ends in a flexible array.
   *
   * @param length - bytes of `bytes` that are the record
   */
  decode(bytes: Buffer, length: number): EventValue;
}

export function decoderOf({ layout, endian }: RecordLayout): Decoder {
  const read = readerOf(layout, endian);
  let padded = Buffer.alloc(0);
  return {
    decode(bytes, length) {
      if (length >= layout.size) return read({ bytes, length }, 0);
      if (padded.length < layout.size) padded = Buffer.alloc(layout.size);
      bytes.copy(padded, 0, 0, length);
      padded.fill(0, length, layout.size);
      return read({ bytes: padded, length }, 0);
    },
  };
}

function readerOf(layout: Layout, endian: Endian): Reader {
  switch (layout.kind) {
    case 'number':
      return layout.big ? bigint(layout, endian) : number(layout, endian);
    case 'bool': {
      const value = bigint({ size: layout.size, signed: false }, endian);
      return (source, at) => value(source, at) !== 0n;
    }
    case 'char':
      return ({ bytes }, at) => (bytes[at] === 0 ? '' : bytes.toString('latin1', at, at + 1));
    case 'float':
      return float(layout.size, endian);
    case 'enum': {
      const value = bigint(layout, endian);
      return (source, at) => named(layout.names, value(source, at), layout.size);
    }
    case 'string':
      return (source, at) => {
        const bytes = extent(source, at, layout.size);
        const end = bytes.indexOf(0);
        return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
      };
    case 'bytes':
      // A copy: the buffer is used again.
      return (source, at) => Uint8Array.from(extent(source, at, layout.size));
    case 'array': {
      const { size, element } = layout;
      const read = readerOf(element, endian);
      return (source, at) => {
        const bytes = size === 0 ? Math.max(source.length - at, 0) : size;
        const length = element.size === 0 ? 0 : Math.floor(bytes / element.size);
        return Array.from({ length }, (_, index) => read(source, at + index * element.size));
      };
    }
    case 'struct': {
      const members = layout.members.map((member) => memberReader(member, endian));
      return (source, at) => {
        const entries: [string, EventValue][] = [];
        for (const read of members) read(source, at, entries);
        // Not by assignment: a member may be called `__proto__`.
        return Object.fromEntries(entries);
      };
    }
  }
}

/** The bytes of a type; of a flexible array, those that are left. */
function extent({ bytes, length }: Source, at: number, size: number): Buffer {
  return bytes.subarray(at, size === 0 ? Math.max(length, at) : at + size);
}

type MemberReader = (source: Source, start: number, entries: [string, EventValue][]) => void;

function memberReader({ name, bitOffset, bitSize, layout }: MemberLayout, endian: Endian): MemberReader {
  if (name === '' && layout.kind === 'struct') {
    const inner = layout.members.map((member) => memberReader(member, endian));
    return (source, start, entries) => {
      for (const read of inner) read(source, start + bitOffset / 8, entries);
    };
  }
  if (bitSize > 0) {
    const read = bitfield(layout, bitOffset, bitSize, endian);
    return (source, start, entries) => entries.push([name, read(source, start)]);
  }
  const read = readerOf(layout, endian);
  return (source, start, entries) => entries.push([name, read(source, start + bitOffset / 8)]);
}

/**
 * A bitfield, read from all bytes that it touches. Offsets count from the least significant bit of the first byte where bytes
 * are little-endian, from the most significant where they are big-endian, as compilers place them.
 */
function bitfield(layout: Layout, bitOffset: number, bitSize: number, endian: Endian): Reader {
  const first = Math.floor(bitOffset / 8);
  const size = Math.ceil((bitOffset + bitSize) / 8) - first;
  const skipped = bitOffset - first * 8;
  const shift = BigInt(endian === 'little' ? skipped : size * 8 - skipped - bitSize);
  const whole = bigint({ size, signed: false }, endian);
  const signed = 'signed' in layout && layout.signed;
  return (source, start) => {
    const bits = whole(source, start + first) >> shift;
    const value = signed ? BigInt.asIntN(bitSize, bits) : BigInt.asUintN(bitSize, bits);
    if (layout.kind === 'bool') return value !== 0n;
    if (layout.kind === 'enum') return named(layout.names, value, layout.size);
    return layout.kind === 'number' && layout.big ? value : Number(value);
  };
}

function named(names: Map<bigint, string>, value: bigint, size: number): EventValue {
  return names.get(value) ?? (size >= 8 ? value : Number(value));
}

/** Of up to 6 bytes: what Node reads as a number. */
function number({ size, signed }: Integer, endian: Endian): Reader {
  if (endian === 'little') {
    return signed
      ? ({ bytes }, at) => bytes.readIntLE(at, size)
      : ({ bytes }, at) => bytes.readUIntLE(at, size);
  }
  return signed
    ? ({ bytes }, at) => bytes.readIntBE(at, size)
    : ({ bytes }, at) => bytes.readUIntBE(at, size);
}

/** Of any size. */
function bigint({ size, signed }: Integer, endian: Endian): (source: Source, at: number) => bigint {
  const little = endian === 'little';
  if (size === 8 && signed)
    return ({ bytes }, at) => (little ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at));
  if (size === 8) return ({ bytes }, at) => (little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return ({ bytes }, at) => {
    let value = 0n;
    for (let index = 0; index < size; index++) {
      const byte = bytes[at + (little ? size - 1 - index : index)] ?? 0;
      value = (value << 8n) | BigInt(byte);
    }
    return signed ? BigInt.asIntN(size * 8, value) : value;
  };
}

function float(size: number, endian: Endian): Reader {
  const little = endian === 'little';
  if (size === 4) return ({ bytes }, at) => (little ? bytes.readFloatLE(at) : bytes.readFloatBE(at));
  return ({ bytes }, at) => (little ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at));
}
