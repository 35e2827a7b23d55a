// What the numbers of relocations say, by what is asked.
import type { CoreRelocation } from '@bpfc/core/slim';

type Kind = CoreRelocation['kind'];

interface Meaning {
  /** What is asked for. */
  asks: string;
  /** Of its value. */
  unit: 'bytes' | 'bits' | 'yes or no' | 'number';
}

/** As `enum bpf_core_relo_kind` of include/uapi/linux/bpf.h says; offsets are from the start of the type. */
const MEANINGS: Record<Kind, Meaning> = {
  field_byte_offset: { asks: 'offset of a member', unit: 'bytes' },
  field_byte_size: { asks: 'size of a member', unit: 'bytes' },
  field_exists: { asks: 'whether a member exists', unit: 'yes or no' },
  field_signed: { asks: 'whether a member is signed', unit: 'yes or no' },
  field_lshift_u64: { asks: 'left shift of a bitfield', unit: 'bits' },
  field_rshift_u64: { asks: 'right shift of a bitfield', unit: 'bits' },
  type_id_local: { asks: "id of a type in the object's BTF", unit: 'number' },
  type_id_target: { asks: "id of a type in the kernel's BTF", unit: 'number' },
  type_exists: { asks: 'whether a type exists', unit: 'yes or no' },
  type_size: { asks: 'size of a type', unit: 'bytes' },
  enumval_exists: { asks: 'whether an enumerator exists', unit: 'yes or no' },
  enumval_value: { asks: 'value of an enumerator', unit: 'number' },
  type_matches: { asks: 'whether a type matches', unit: 'yes or no' },
  unknown: { asks: 'a question that libbpf does not know', unit: 'number' },
};

export function asks(kind: Kind): string {
  return MEANINGS[kind].asks;
}

/** `1240 bytes`, `yes`. The value is a decimal of 64 bits. */
export function valueText(kind: Kind, value: string): string {
  const { unit } = MEANINGS[kind];
  if (unit === 'number') return value;
  if (unit === 'yes or no') return value === '0' ? 'no' : 'yes';
  return `${value} ${value === '1' ? unit.slice(0, -1) : unit}`;
}
