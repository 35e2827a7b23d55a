import type * as raw from '../wasm/bpfc.js';
import { Btf, parseBtf } from './btf.js';
import { type Bytes, toBytes } from './bytes.js';
import { BpfcError, CoreCode } from './error.js';
import { rawOf, use } from './handle.js';
import type { Instead } from './inspect.js';
import { BpfObject, type CoreRelocationKind, parseObject, type SourceLine } from './object.js';
import type { LoadFailure } from './trim.js';

/** An object as libbpf relocates it on one kernel. */
export interface Relocated {
  /** In the order of {@link ObjectInfo.programs}. */
  programs: RelocatedProgram[];
  /** In the order of the file, in which libbpf resolves them. */
  relocations: RelocationOutcome[];
  /** The first relocation that fails. libbpf then loads nothing; what comes after it is told without those that fail. */
  error: LoadFailure | null;
}

export interface RelocatedProgram {
  name: string;
  section: string;
  /** Whether it was relocated: whether libbpf would load it. */
  loaded: boolean;
  /** 8 bytes each, in the object's byte order; unchanged where the program is not loaded. */
  instructions: Uint8Array;
}

/**
 * - `ok`: the instruction stays as it was compiled
 * - `changed`: another offset, size or value, or another width of the load
 * - `guarded`: the kernel has no such thing, and the program asks whether it has: the answer is 0
 * - `poison`: the instruction became one that the verifier refuses where it can be reached
 * - `error`: libbpf refuses the object
 * - `skipped`: no program that is loaded holds the instruction
 */
export type RelocationVerdict = 'ok' | 'changed' | 'guarded' | 'poison' | 'error' | 'skipped';

export interface RelocationOutcome {
  /** Null where no program holds the instruction. */
  program: string | null;
  section: string | null;
  /** Bytes from the start of the section. */
  offset: number;
  kind: CoreRelocationKind | 'unknown';
  /** What is asked for, in C terms: `struct mm_struct.total_vm`, `enum bpf_func_id::BPF_FUNC_d_path`. */
  access: string;
  /** The line it was compiled from, where the object has line info. */
  source: SourceLine | null;
  verdict: RelocationVerdict;
  /** Why, where the verdict is `error`. */
  code: string | null;
  message: string | null;
  /** The value for the object's own types, 64 bits. Null where libbpf finds none. */
  old: bigint | null;
  /** The value for the kernel's types. Null where none is written. */
  new: bigint | null;
  /** The first 16 of the kernel's types that match, ids ascending. */
  candidates: { id: number; type: string }[];
  /** What the kernel has instead, where the verdict is `guarded` or `poison`; else null. */
  instead: Instead | null;
}

export interface RelocateOptions {
  /** The programs that are loaded, by name. Default: those that libbpf loads by itself, so none of a `SEC("?...")`. */
  autoload?: 'all' | readonly string[];
}

/**
 * Relocates an object against a kernel's BTF, full or trimmed, exactly as libbpf does.
 *
 * @param object - parsed, or the bytes of an ELF file
 * @param kernel - parsed, or in any form that `parseBtf` reads
 * @throws BpfcError as `parseObject` and `parseBtf` do; `RELO_ENDIAN`: a kernel of the other byte order. That libbpf
 * would refuse the object is no error but in the result. `BTF_REF`: split BTF; `ARG_TYPE`: no program of a name in `autoload`
 *
 * @example
 * const { relocations, error } = relocate(await readFile('tool.bpf.o'), await readFile('5.4.0-26-generic.btf.tar.xz'));
 * for (const { access, verdict, source } of relocations) console.log(verdict, access, source?.line);
 */
export function relocate(
  object: BpfObject | Bytes,
  kernel: Btf | Bytes,
  { autoload }: RelocateOptions = {},
): Relocated {
  using given = object instanceof BpfObject ? undefined : parseObject(toBytes(object));
  using btf = kernel instanceof Btf ? undefined : parseBtf(kernel);
  const parsed = given ?? (object as BpfObject);
  const names = autoload && namesOf(parsed, autoload);
  const types = rawOf<raw.Btf>(btf ?? (kernel as Btf));
  return use(parsed, (object: raw.BpfObject) => {
    const relocated = object.relocate(types, names && [...names]);
    try {
      return typed(JSON.parse(relocated.report()), (program) => relocated.instructions(program));
    } finally {
      relocated.free();
    }
  });
}

/** @throws BpfcError `ARG_TYPE`: a name that no program has would read as a program that loads */
function namesOf(object: BpfObject, autoload: 'all' | readonly string[]): readonly string[] {
  const known = object.info().programs.map(({ name }) => name);
  if (autoload === 'all') return known;
  const unknown = autoload.find((name) => !known.includes(name));
  if (unknown === undefined) return autoload;
  throw new BpfcError(
    CoreCode.argument,
    `autoload: no program named ${unknown}; there are ${known.join(', ')}`,
  );
}

/** As it crosses the border: 64-bit values are decimal strings, instructions come apart. */
interface Report {
  programs: Omit<RelocatedProgram, 'instructions'>[];
  relocations: (Omit<RelocationOutcome, 'old' | 'new'> & { old: string | null; new: string | null })[];
  error: LoadFailure | null;
}

function typed(
  { programs, relocations, error }: Report,
  instructions: (program: number) => Uint8Array | undefined,
): Relocated {
  const value = (digits: string | null) => (digits === null ? null : BigInt(digits));
  return {
    programs: programs.map((program, position) => ({
      ...program,
      instructions: instructions(position) ?? new Uint8Array(),
    })),
    relocations: relocations.map((outcome) => ({
      ...outcome,
      old: value(outcome.old),
      new: value(outcome.new),
    })),
    error,
  };
}
