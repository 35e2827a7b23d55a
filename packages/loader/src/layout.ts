// How the records of a map are read: what the program's own BTF says of their type, as data that goes to another thread.
import { BpfcError, type Btf, type BtfInt, type BtfMember, type Endian } from '@bpfc/core';
import { LoaderCode } from './error.js';

/** How one type is read. */
export type Layout =
  | NumberLayout
  | { kind: 'bool' | 'char' | 'float'; size: number }
  | { kind: 'enum'; size: number; signed: boolean; names: Map<bigint, string> }
  | { kind: 'struct'; size: number; members: MemberLayout[] }
  | ArrayLayout
  /** `char[]`, up to its first NUL. */
  | { kind: 'string'; size: number }
  /** Taken as it is. */
  | { kind: 'bytes'; size: number };

export interface NumberLayout {
  kind: 'number';
  /** Bytes. */
  size: number;
  signed: boolean;
  /** As bigint: what has 64 bits and more, and pointers. */
  big: boolean;
}

export interface ArrayLayout {
  kind: 'array';
  /** Bytes; 0 of a flexible array. */
  size: number;
  element: Layout;
}

export interface MemberLayout {
  /** Empty for an anonymous struct or union, whose members count as the outer one's. */
  name: string;
  /** Bits from the start of the struct. */
  bitOffset: number;
  /** Bits of a bitfield; 0 for all else. */
  bitSize: number;
  layout: Layout;
}

/** How the records of one map are read. */
export interface RecordLayout {
  /** Of the type: `event`. */
  name: string;
  layout: Layout;
  endian: Endian;
}

/** Types in types. */
const MAX_DEPTH = 64;
/** Bytes of one record. Those of perf buffers have at most 64 KiB. */
const MAX_RECORD_BYTES = 1 << 20;
/** Values of one record, counting each element of an array, and the names of each enum. */
const MAX_VALUES = 1 << 20;
/** Bytes of a pointer in eBPF. */
const POINTER_SIZE = 8;
/** Bytes of the largest integer, `__int128`. */
const MAX_INT_SIZE = 16;
/** Bytes of the largest integer that Node reads as a number. */
const MAX_NUMBER_SIZE = 6;

/**
 * The layout of a type of the object's BTF.
 *
 * @param asBytes - members to be taken as bytes, by their path: `args`, `header.address`
 * @throws BpfcError `LOADER_TYPE`: what no record can hold or JavaScript cannot read, or there is no such member
 */
export function layoutOfType(btf: Btf, id: number, asBytes: readonly string[] = []): RecordLayout {
  const name = btf.type(id)?.name || `type ${id}`;
  const layouts = new Layouts(btf, name, asBytes);
  const layout = layouts.of(id, '', 1, 0);
  if (layout.size > MAX_RECORD_BYTES) throw layouts.refused(`of ${layout.size} bytes`);
  const [missing] = layouts.asBytes;
  if (missing !== undefined) throw new BpfcError(LoaderCode.type, `${name} has no member ${missing}`);
  return { name, layout, endian: btf.info().endian };
}

/** What becomes of one type and all that is in it. */
class Layouts {
  /** Members that were not seen yet. */
  readonly asBytes: Set<string>;
  #values = 0;

  constructor(
    readonly btf: Btf,
    readonly name: string,
    asBytes: readonly string[],
  ) {
    this.asBytes = new Set(asBytes);
  }

  refused(why: string): BpfcError {
    return new BpfcError(LoaderCode.type, `${this.name} cannot be the type of events: it is ${why}`);
  }

  /**
   * @param path - where the type stands in the record
   * @param times - how often
   */
  of(id: number, path: string, times: number, depth: number): Layout {
    const type = this.btf.type(id);
    this.#values += times;
    if (!type || depth > MAX_DEPTH || this.#values > MAX_VALUES) throw this.refused('too large, or damaged');
    switch (type.kind) {
      case 'typedef':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type_tag':
        return this.of(type.type, path, times, depth + 1);
      case 'int':
        return this.#int(type);
      case 'ptr':
        return { kind: 'number', size: POINTER_SIZE, signed: false, big: true };
      case 'float':
        if (type.size !== 4 && type.size !== 8) return { kind: 'bytes', size: type.size };
        return { kind: 'float', size: type.size };
      case 'enum':
      case 'enum64': {
        const { size, signed, values } = type;
        this.#values += values.length;
        return { kind: 'enum', size, signed, names: new Map(values.map(({ value, name }) => [value, name])) };
      }
      case 'array': {
        const element = this.of(type.type, path, times * Math.max(type.length, 1), depth + 1);
        const size = type.length * element.size;
        return element.kind === 'char' ? { kind: 'string', size } : { kind: 'array', size, element };
      }
      case 'struct':
      case 'union': {
        const members = type.members.map((member) => this.#member(member, type.size, path, times, depth));
        return { kind: 'struct', size: type.size, members };
      }
      default:
        throw this.refused(`or holds a ${type.kind}`);
    }
  }

  #int({ name, size, signed, bool, char }: BtfInt & { name: string }): Layout {
    if (size < 1 || size > MAX_INT_SIZE) throw this.refused('damaged');
    if (bool) return { kind: 'bool', size };
    // clang does not mark it.
    if (size === 1 && (char || name === 'char')) return { kind: 'char', size };
    return { kind: 'number', size, signed, big: size > MAX_NUMBER_SIZE };
  }

  #member(member: BtfMember, outer: number, path: string, times: number, depth: number): MemberLayout {
    const { name, type, bitOffset, bitSize } = member;
    const inner = [path, name].filter((part) => part !== '').join('.');
    let layout = this.of(type, inner, times, depth + 1);
    if (name !== '' && this.asBytes.delete(inner)) layout = { kind: 'bytes', size: layout.size };
    const end = bitOffset + (bitSize || layout.size * 8);
    const placed = end <= outer * 8 && (bitSize > 0 || bitOffset % 8 === 0);
    if (!placed) throw this.refused(`damaged at ${inner || 'a member'}`);
    return { name, bitOffset, bitSize, layout };
  }
}
