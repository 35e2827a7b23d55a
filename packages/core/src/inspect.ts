// What a file is and what is in it, and a program's relocations over many kernels.
import type * as raw from '../wasm/bpfc.js';
import type { BtfInfo, Endian } from './btf-types.js';
import { type Bytes, toBytes } from './bytes.js';
import { adopt, Handle, rawOf, use } from './handle.js';
import type { Identity } from './identity.js';
import { enter, instance } from './instance.js';
import type { BpfObject, CoreRelocation, ObjectInfo } from './object.js';
import type { RelocationVerdict } from './relocate.js';

/** What {@link inspect} tells of any file. */
interface InspectedFile {
  /** Bytes of the file. */
  size: number;
  /** Of the file, in hexadecimal. */
  sha256: string;
  /** The outermost form. */
  container: 'raw' | 'elf' | 'tar' | 'gzip' | 'xz';
}

/** A pack. */
export interface InspectedPack extends InspectedFile {
  is: 'pack';
  /** The object in `package.json`; null when there is none. */
  program: ObjectInfo | null;
  /** Entries with BTF. */
  kernels: number;
  /** The different BTFs, those for most kernels first. */
  groups: BtfGroup[];
  /** The other files. */
  files: { path: string; size: number }[];
  /** Names of what is in the tar and no file: links, devices, paths that lead out. */
  skipped: string[];
}

/** Entries of a pack that are equal. */
export interface BtfGroup {
  sha256: string;
  /** Bytes. */
  size: number;
  /** Null where the content is no BTF; then `error` says why. */
  types: number | null;
  endian: Endian | null;
  error: { code: string; message: string } | null;
  /** The kernels that the paths name. */
  kernels: Identity[];
  paths: string[];
}

/** The BTF of a kernel, in any form. */
export interface InspectedBtf extends InspectedFile {
  is: 'btf';
  btf: BtfInfo;
  /** How many types of each kind. */
  kinds: Record<string, number>;
}

/** A compiled object. */
export interface InspectedObject extends InspectedFile {
  is: 'object';
  object: ObjectInfo;
}

export type Inspection = InspectedPack | InspectedBtf | InspectedObject;

/**
 * Tells what a file is, and what is in it.
 *
 * @throws BpfcError for what is none of these, or broken, and where
 *
 * @example
 * const told = inspect(await readFile('execsnoop.tar'));
 * if (told.is === 'pack') console.log(told.kernels, told.groups.length);
 */
export function inspect(bytes: Bytes): Inspection {
  const input = toBytes(bytes);
  return JSON.parse(enter(instance(), (glue) => glue.inspect(input)));
}

/** A program on many kernels. */
export interface RelocationsOverKernels {
  kernels: {
    name: string;
    /** Whether the program was relocated on it. */
    read: boolean;
    /** Why the kernel cannot be read, or libbpf would refuse the object there; else null. */
    code: string | null;
    message: string | null;
  }[];
  /** In the order of the file. */
  relocations: RelocationOverKernels[];
}

export interface RelocationOverKernels
  extends Pick<CoreRelocation, 'program' | 'section' | 'offset' | 'kind' | 'source'> {
  /** What is asked for, in C terms. */
  access: string;
  /** The different outcomes. */
  outcomes: {
    verdict: RelocationVerdict;
    code: string | null;
    message: string | null;
    /** Decimal. */
    old: string | null;
    new: string | null;
    instead: Instead | null;
    /** Positions in `kernels`. */
    kernels: number[];
  }[];
}

/** What a kernel has where it has not what is asked for. */
export interface Instead {
  reason: 'no_type' | 'no_member' | 'other_member' | 'no_enumerator' | 'other_type';
  /** The kernel's type that was looked at. */
  type: string | null;
  /** The member or enumerator. */
  name: string | null;
  /** What may be meant, the likest first; `bitOffset` from the start of `type`. */
  alike: { name: string; type?: string; bitOffset?: number }[];
  /** All of it as a sentence. */
  text: string;
}

/**
 * Collects what becomes of a program's relocations on one kernel after the other; equal outcomes are told once.
 *
 * @example
 * using against = new Against(object);
 * for (const file of files) against.add(file, await readFile(file));
 * for (const { access, outcomes } of against.result().relocations) console.log(access, outcomes.length);
 */
export class Against extends Handle {
  constructor(object: BpfObject) {
    super();
    const parsed = rawOf<raw.BpfObject>(object);
    adopt(this, (glue) => new glue.Against(parsed));
  }

  /** Adds a kernel, in any form that `parseBtf` reads. One that cannot be read is told with its error. */
  add(name: string, kernel: Bytes): void {
    const input = toBytes(kernel);
    use(this, (against: raw.Against) => against.add(name, input));
  }

  result(): RelocationsOverKernels {
    return JSON.parse(use(this, (against: raw.Against) => against.json()));
  }
}
