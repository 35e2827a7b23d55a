import type * as raw from '../wasm/bpfc.js';
import type { Endian } from './btf-types.js';
import { type Bytes, toBytes } from './bytes.js';
import { adopt, Handle, use } from './handle.js';

/** What a compiled eBPF object holds. */
export interface ObjectInfo {
  endian: Endian;
  /** As `uname -m` prints it (`x86_64`, `aarch64`, `s390x`), when the registers it reads prove it; else null. */
  arch: string | null;
  license: string | null;
  /** Bytes of the ELF file. */
  size: number;
  /** Of the ELF file, in hexadecimal. */
  sha256: string;
  programs: BpfProgram[];
  maps: BpfMap[];
  /** In the order of the file. */
  relocations: CoreRelocation[];
  /** What no pack serves, by program; what the object needs as a whole comes last. */
  requirements: Requirement[];
  /** What a user should know before shipping it, one sentence each. */
  notes: string[];
}

export interface BpfProgram {
  name: string;
  /** ELF section, which says where it attaches: `tp/syscalls/sys_enter_openat`. */
  section: string;
  /** False for `SEC("?...")`: libbpf loads it only when asked to. */
  autoload: boolean;
  /** In units of 8 bytes. */
  instructions: number;
}

export interface BpfMap {
  name: string;
  section: string;
  /** Declared by BTF, by the legacy `maps` section, or a data section. */
  kind: 'btf' | 'legacy' | 'data';
}

/** One CO-RE relocation: a question about the running kernel's types. */
export interface CoreRelocation {
  /** Null where no program holds the instruction. */
  program: string | null;
  section: string | null;
  /** Bytes from the start of the section. */
  offset: number;
  /** `unknown` is a kind that libbpf does not know either: the object is malformed. */
  kind: CoreRelocationKind | 'unknown';
  /** Local type: `struct task_struct`. */
  type: string;
  /** Its id in the object's BTF. */
  typeId: number;
  /** Access string: member indices from the type on, `0:1`. */
  access: string;
  /** What is asked for, in C terms: `struct mm_struct.total_vm`. */
  expression: string;
  /** The line it was compiled from; null where the object has no line info. */
  source: SourceLine | null;
}

export interface SourceLine {
  file: string;
  line: number;
  column: number;
  /** Of the line. */
  text: string;
}

/** After `enum bpf_core_relo_kind` of include/uapi/linux/bpf.h. */
export type CoreRelocationKind =
  | 'field_byte_offset'
  | 'field_byte_size'
  | 'field_exists'
  | 'field_signed'
  | 'field_lshift_u64'
  | 'field_rshift_u64'
  | 'type_id_local'
  | 'type_id_target'
  | 'type_exists'
  | 'type_size'
  | 'enumval_exists'
  | 'enumval_value'
  | 'type_matches';

/**
 * A need of the running kernel's own BTF, which a BTF given to the loader does not replace: libbpf takes that for CO-RE
 * relocation alone. Where the kernel has no BTF, libbpf or the kernel refuses the program, and with it the object.
 *
 * `type_id_target` is another matter: relocation answers it, but the id is one of the BTF given to the loader, not the
 * running kernel's.
 */
export interface Requirement {
  /** Null for what the object needs as a whole: a struct_ops map, a symbol that no program uses. */
  program: string | null;
  kind: RequirementKind;
  /**
   * Name of the function, tracepoint, hook, map, symbol, helper or type; null where only the loader says what the program
   * attaches to.
   */
  what: string | null;
  /**
   * Does it count by default? Not for `SEC("?...")`, except for what libbpf wants the kernel's BTF for whatever is loaded:
   * typed kernel symbols and struct_ops maps.
   */
  autoload: boolean;
}

export type RequirementKind =
  | 'fentry'
  | 'fexit'
  | 'fmod_ret'
  | 'fsession'
  | 'tp_btf'
  | 'lsm'
  | 'iterator'
  | 'struct_ops'
  /** A typed variable of the kernel, weak or not. */
  | 'ksym'
  /** A function of the kernel, weak or not. */
  | 'kfunc'
  /** A helper with a typed pointer as argument or result, or that reads the BTF. Guards are not looked at. */
  | 'helper'
  /** The id of a kernel type (`bpf_core_type_id_kernel`). */
  | 'type_id_target';

/** A parsed eBPF object. Made by {@link parseObject}. */
export class BpfObject extends Handle {
  private constructor() {
    super();
  }

  /** @internal */
  static parse(bytes: Bytes): BpfObject {
    const input = toBytes(bytes);
    return adopt(new BpfObject(), (glue) => glue.BpfObject.parse(input));
  }

  /** Programs, maps, relocations. */
  info(): ObjectInfo {
    return JSON.parse(use(this, (object: raw.BpfObject) => object.info()));
  }

  /**
   * Makes ecc's `package.json` for this object: the object itself and what a client has to know of it.
   *
   * @param fileName - what the object is named after: `execsnoop.bpf.o`
   */
  packageJson(fileName: string): PackageJson {
    return JSON.parse(use(this, (object: raw.BpfObject) => object.packageJson(fileName)));
  }
}

/** A generated `package.json`. */
export interface PackageJson {
  /** The text of the file. */
  json: string;
  /** What a user should know of it, one sentence each. */
  notes: string[];
}

/**
 * Reads a compiled eBPF object (`clang -target bpf -g`).
 *
 * @throws BpfcError `OBJECT_…`, `ELF_…`, `BTF_…`: not ELF, not eBPF, no BTF, or broken, and where
 *
 * @example
 * using object = parseObject(await readFile('execsnoop.bpf.o'));
 * console.log(object.info().relocations.length);
 */
export function parseObject(bytes: Bytes): BpfObject {
  return BpfObject.parse(bytes);
}
