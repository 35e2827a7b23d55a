// Types as a page shows them. Ids are those of the BTF they were read from.
import type { BtfKind } from './btf-types.js';

/** What a list shows of a type. */
export interface TypeSummary {
  id: number;
  kind: BtfKind;
  /** Empty for anonymous types and for kinds that have no name. */
  name: string;
  /** Bytes; null where it has none of its own: a typedef, a pointer, a function. */
  size: number | null;
}

/** One type in C. */
export interface Definition {
  /** ASCII. */
  text: string;
  /** Where it names other types; ascending, none within another. */
  links: TypeLink[];
}

/** A type's name in a text, `struct` and the like not included. */
export interface TypeLink {
  /** UTF-16 units from the start of the text. */
  start: number;
  /** The unit behind the name. */
  end: number;
  id: number;
}

/** A struct or union, laid out. */
export interface TypeLayout {
  id: number;
  kind: 'struct' | 'union';
  /** Empty for an anonymous one. */
  name: string;
  /** Bytes. */
  size: number;
  /** Bytes, as far as its members tell: BTF knows none. */
  align: number;
  /** By offset, what is inside an anonymous type behind the member that it is. */
  parts: LayoutPart[];
}

/** A member of a layout, or a gap as pahole finds it. */
export interface LayoutPart {
  /** `hole`: nothing, before a member of a struct; `padding`: nothing, behind its last. */
  what: 'member' | 'hole' | 'padding';
  /** How many anonymous structs and unions it is inside of. */
  depth: number;
  /** Empty for an anonymous struct or union and for gaps. */
  name: string;
  /** As `diff` has it: `u.foo` in an anonymous type that the member `u` is; empty where the name is. */
  path: string;
  /** In C's words: `struct list_head`, `char[16]`; empty for gaps. */
  type: string;
  /** 0 for gaps. */
  typeId: number;
  /**
   * Id of the struct or union that it is, behind typedefs and modifiers, to be laid out by `layout`; null for others, and
   * where its members are parts here.
   */
  open: number | null;
  /** Bits from the start of the outermost type. */
  bitOffset: number;
  /** Bits; 0 for a flexible array, and for a member of a type without a size. */
  bitSize: number;
  /** A bitfield, or a gap in the integer that one is in. */
  bitfield: boolean;
}
