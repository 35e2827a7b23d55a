// What differs between two BTFs.
import type * as raw from '../wasm/bpfc.js';
import type { Btf } from './btf.js';
import { rawOf, use } from './handle.js';

/** What differs about one type. */
export interface TypeDifference {
  name: string;
  change: 'added' | 'removed' | 'changed';
  /** Null where it was added. */
  old: TypeVersion | null;
  /** Null where it was removed. */
  new: TypeVersion | null;
  /** Members, enumerators, a typedef's type or a function's prototype, in the order of the new type. */
  members: MemberDifference[];
}

export interface TypeVersion {
  id: number;
  kind: 'struct' | 'union' | 'enum' | 'enum64' | 'typedef' | 'func';
  /** Bytes; 0 for a typedef and a function. */
  size: number;
}

export interface MemberDifference {
  /**
   * `u.foo` in an anonymous type that the member `u` is, points to or is an array of; empty for a typedef's type and a
   * prototype.
   */
  name: string;
  changes: ('added' | 'removed' | 'moved' | 'retyped' | 'renumbered')[];
  old: MemberVersion | null;
  new: MemberVersion | null;
}

/**
 * A member: `type`, `bitOffset` from the start of the type (behind a pointer, of what it points to), `bitSize` (0 when it is
 * no bitfield). An enumerator, also one of an anonymous enum inside the type: `value`.
 */
export type MemberVersion = { type: string; bitOffset: number; bitSize: number } | { value: string };

/** What errors call the two BTFs, such as their files. */
export interface DiffNames {
  old: string;
  new: string;
}

/** For BTFs that have no files. */
const SIDES: DiffNames = { old: 'the old BTF', new: 'the new BTF' };

/**
 * Compares the structs, unions, enums, typedefs and functions of two BTFs by name. Anonymous types are compared in the
 * types that have them; constants of an enum that no type has are left out.
 *
 * @param types - only these, by C's name: `task_struct`, `struct task_struct`
 * @throws BpfcError `TYPE_MISSING`: neither has a type of that name; `REPORT_LIMIT`; `BTF_DUMP`, `BTF_CYCLE`: what no
 *   compiler writes
 *
 * @example
 * for (const { name, members } of diff(old, running, ['struct task_struct'])) console.log(name, members.length);
 */
export function diff(
  old: Btf,
  current: Btf,
  types: readonly string[] = [],
  names: DiffNames = SIDES,
): TypeDifference[] {
  const other = rawOf<raw.Btf>(current);
  return JSON.parse(use(old, (btf: raw.Btf) => btf.diff(other, [...types], names.old, names.new)));
}
