// What the parts of a layout are called, and how they look.
import { counted } from '../../ui/numbers.js';
import { visible } from '../../ui/visible.js';
import type { Part } from './expand.js';

/** The looks of a part; the type's text says the same. */
export type Look = 'hole' | 'padding' | 'pointer' | 'array' | 'inner' | 'enum' | 'bits' | 'plain';

export const LOOKS: readonly { look: Look; text: string }[] = [
  { look: 'plain', text: 'number' },
  { look: 'bits', text: 'bitfield' },
  { look: 'pointer', text: 'pointer' },
  { look: 'enum', text: 'enum' },
  { look: 'inner', text: 'struct or union' },
  { look: 'array', text: 'array' },
  { look: 'hole', text: 'hole' },
  { look: 'padding', text: 'padding' },
];

export function lookOf({ what, bitfield, type, open }: Part): Look {
  if (what !== 'member') return what;
  if (bitfield) return 'bits';
  if (type.endsWith(']')) return 'array';
  if (type.endsWith('*') || type.includes('(*')) return 'pointer';
  if (open !== null || type.endsWith('{...}')) return 'inner';
  return type.startsWith('enum ') ? 'enum' : 'plain';
}

export function nameOf({ what, name, bitfield, type }: Part): string {
  if (what === 'hole') return bitfield ? 'bit hole' : 'hole';
  if (what === 'padding') return bitfield ? 'bit padding' : 'padding';
  return name === '' ? type : visible(name);
}

/** `8`, or `3 bits` where it is no whole number of bytes. */
export function sizeOf({ bitSize, bitfield }: Pick<Part, 'bitSize' | 'bitfield'>): string {
  return bitfield || bitSize % 8 !== 0 ? counted(bitSize, 'bit') : String(bitSize / 8);
}
