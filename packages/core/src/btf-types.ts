// The shapes of BTF, after include/uapi/linux/btf.h. Ids are those of the BTF they were read from; 0 is `void`.

/** Byte order. */
export type Endian = 'little' | 'big';

/** What a BTF says of itself. */
export interface BtfInfo {
  endian: Endian;
  /** Bytes, as far as its types tell. */
  pointerSize: 4 | 8 | null;
  /** Bytes: 24, or 32 with the layout extension. */
  headerSize: number;
  /** Id of its first own type: 1, or for split BTF the number of types of its base, `void` included. */
  firstId: number;
  /** Own types, `void` not counted. */
  types: number;
  /** Bytes of the type section. */
  typeBytes: number;
  /** Bytes of the string section. */
  stringBytes: number;
  /** Bytes in all. */
  size: number;
  /** Does it build on a base (a module's BTF on vmlinux's)? */
  split: boolean;
}

/** One type, told apart by `kind`. */
export type BtfType = BtfTypeBase &
  (
    | BtfVoid
    | BtfInt
    | BtfReference
    | BtfTypeTag
    | BtfArray
    | BtfComposite
    | BtfEnum
    | BtfForward
    | BtfFunction
    | BtfFunctionPrototype
    | BtfVariable
    | BtfDataSection
    | BtfFloat
    | BtfDeclTag
  );

/** Every name that {@link BtfType} goes by. */
export type BtfKind = BtfType['kind'];

export interface BtfTypeBase {
  id: number;
  /** Empty for anonymous types and for kinds that have no name. */
  name: string;
}

export interface BtfVoid {
  kind: 'void';
}

export interface BtfInt {
  kind: 'int';
  /** Bytes. */
  size: number;
  /** Bits in use. */
  bits: number;
  /** Bits from the start of the bytes. */
  bitOffset: number;
  signed: boolean;
  char: boolean;
  bool: boolean;
}

export interface BtfReference {
  kind: 'ptr' | 'volatile' | 'const' | 'restrict' | 'typedef';
  /** Id of the type behind it. */
  type: number;
}

export interface BtfTypeTag {
  kind: 'type_tag';
  /** Id of the tagged type. */
  type: number;
  /** Written as `__attribute__((...))` rather than `btf_type_tag("...")`. */
  attribute: boolean;
}

export interface BtfArray {
  kind: 'array';
  /** Id of the element's type. */
  type: number;
  /** Id of the index's type. */
  indexType: number;
  /** Elements; 0 for a flexible array. */
  length: number;
}

export interface BtfComposite {
  kind: 'struct' | 'union';
  /** Bytes. */
  size: number;
  members: BtfMember[];
}

export interface BtfMember {
  /** Empty for anonymous structs and unions. */
  name: string;
  /** Id of its type. */
  type: number;
  /** Bits from the start of the struct. */
  bitOffset: number;
  /** Bits; 0 when it is not a bitfield. */
  bitSize: number;
}

export interface BtfEnum {
  kind: 'enum' | 'enum64';
  /** Bytes. */
  size: number;
  signed: boolean;
  values: BtfEnumerator[];
}

export interface BtfEnumerator {
  name: string;
  value: bigint;
}

/** A type that is declared but not defined here. */
export interface BtfForward {
  kind: 'fwd';
  /** A union rather than a struct. */
  union: boolean;
}

export interface BtfFunction {
  kind: 'func';
  /** Id of its prototype. */
  type: number;
  linkage: 'static' | 'global' | 'extern';
}

export interface BtfFunctionPrototype {
  kind: 'func_proto';
  /** Id; 0 is `void`. */
  returnType: number;
  /** A last one without name and of type 0 stands for `...`. */
  params: { name: string; type: number }[];
}

export interface BtfVariable {
  kind: 'var';
  /** Id of its type. */
  type: number;
  /** 0 static, 1 global, 2 extern. */
  linkage: number;
}

export interface BtfDataSection {
  kind: 'datasec';
  /** Bytes. */
  size: number;
  variables: {
    /** Id of the `var`. */
    type: number;
    /** Bytes from the start of the section. */
    offset: number;
    /** Bytes. */
    size: number;
  }[];
}

export interface BtfFloat {
  kind: 'float';
  /** Bytes. */
  size: number;
}

export interface BtfDeclTag {
  kind: 'decl_tag';
  /** Id of what is tagged. */
  type: number;
  /** Which member or parameter, from 0; null for the whole. */
  component: number | null;
  /** Written as `__attribute__((...))` rather than `btf_decl_tag("...")`. */
  attribute: boolean;
}
