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
  /** `u.foo` in an anonymous struct that is the member `u`; empty for a typedef's type and a prototype. */
  name: string;
  changes: ('added' | 'removed' | 'moved' | 'retyped' | 'renumbered')[];
  old: MemberVersion | null;
  new: MemberVersion | null;
}

/** A member: `type`, `bitOffset` from the start of the type, `bitSize` (0 when it is no bitfield). An enumerator: `value`. */
export type MemberVersion = { type: string; bitOffset: number; bitSize: number } | { value: string };

/**
 * Compares the structs, unions, enums, typedefs and functions of two BTFs by name.
 *
 * @param types - only these, by C's name: `task_struct`, `struct task_struct`
 * @throws BpfcError `TYPE_MISSING`: neither has a type of that name; `REPORT_LIMIT`
 *
 * @example
 * for (const { name, members } of diff(old, running, ['struct task_struct'])) console.log(name, members.length);
 */
export function diff(old: Btf, current: Btf, types: readonly string[] = []): TypeDifference[] {
  const other = rawOf<raw.Btf>(current);
  return JSON.parse(use(old, (btf: raw.Btf) => btf.diff(other, [...types])));
}
