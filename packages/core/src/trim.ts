import type * as raw from '../wasm/bpfc.js';
import type { BtfKind, Endian } from './btf-types.js';
import { type Bytes, toBytes } from './bytes.js';
import { adopt, Handle, rawOf, use } from './handle.js';
import { BpfObject, parseObject } from './object.js';

/** A kernel's BTF, cut down to what the objects ask for. */
export interface Trimmed {
  /** Raw BTF in the kernel's byte order. Equal questions give equal bytes, whatever the order of the kernel's types. */
  btf: Uint8Array;
  report: TrimReport;
}

export interface TrimReport {
  endian: Endian;
  /** Bytes, as far as the kernel's types tell. */
  pointerSize: 4 | 8 | null;
  /** Bytes of the kernel's raw BTF. */
  bytesIn: number;
  /** Bytes of the trimmed BTF. */
  bytesOut: number;
  /** Types kept. */
  types: number;
  /** Positions of the modules whose types are in it, of those given. */
  modules: number[];
  /** What `compat` could not say in the trimmed BTF; empty without it. */
  lost: Loss[];
  /** One for each object, in the order they were added. */
  objects: ObjectReport[];
}

/** What BTF that libbpf before 1.0 reads does not say as it should, of one type. */
export type Loss = LostPart & {
  /** Of the type, in the trimmed BTF. */
  id: number;
};

export type LostPart = {
  /** Name of the type; empty for an anonymous one. */
  type: string;
} & (
  | {
      /**
       * `left_out`: the value does not fit 32 bits, and the enumerator is missing. `extended`: its 32 bits are there, but
       * read as 64 they are extended by zeros before libbpf 1.0 and by their sign from 1.0 on, one of which is wrong.
       */
      change: 'left_out' | 'extended';
      enumerator: string;
      /** A decimal number. */
      value: string;
    }
  | {
      /** The type has another kind and no name: no relocation finds it. */
      change: 'replaced';
      was: BtfKind;
      is: BtfKind;
    }
);

export interface ObjectReport {
  /** Where libbpf would refuse to load the object on this kernel. The trimmed BTF fails there in the same way. */
  error: LoadFailure | null;
  /** The same for programs that are loaded only when asked to (`SEC("?...")`). */
  warnings: LoadFailure[];
}

export interface LoadFailure {
  code: string;
  message: string;
  /** Null where no program holds the instruction. */
  program: string | null;
  section: string | null;
  /** Bytes from the start of the section. */
  offset: number | null;
}

export interface TrimmerOptions {
  /**
   * Write BTF that libbpf before 1.0 reads, from 0.3 on: 64-bit enums with 32 bits, no kinds that it does not know. What
   * is lost by that is in the reports. Default: no.
   */
  compat?: boolean | undefined;
}

/**
 * Objects, parsed once, to trim many kernels for.
 *
 * @example
 * using trimmer = new Trimmer([object]);
 * for (const kernel of kernels) write(trimmer.trim(kernel).btf);
 */
export class Trimmer extends Handle {
  /** @param objects - may be freed once added */
  constructor(objects: Iterable<BpfObject> = [], { compat = false }: TrimmerOptions = {}) {
    super();
    adopt(this, (glue) => new glue.Trimmer());
    use(this, (trimmer: raw.Trimmer) => trimmer.setCompat(compat));
    for (const object of objects) this.add(object);
  }

  /** Adds an object, which may be freed afterwards. */
  add(object: BpfObject): void {
    const added = rawOf<raw.BpfObject>(object);
    use(this, (trimmer: raw.Trimmer) => trimmer.add(added));
  }

  /**
   * Trims one kernel, given in any form that `parseBtf` reads.
   *
   * @param modules - split BTFs of the kernel's modules, in the order of which was loaded first. Types that the kernel
   * lacks are taken from them, as libbpf does on a machine that has loaded them; the result answers so on every machine.
   * @throws BpfcError as `parseBtf` does; `RELO_ENDIAN`: an object of the other byte order; `BTF_LIMIT`: with `compat`, a
   * type with more members or values than libbpf before 1.0 counts (65535)
   */
  trim(kernel: Bytes, modules: readonly Bytes[] = []): Trimmed {
    const input = toBytes(kernel);
    const splits = modules.map(toBytes);
    return use(this, (trimmer: raw.Trimmer) => {
      const trimmed = trimmer.trim(input, splits);
      const result: Trimmed = { btf: trimmed.btf(), report: JSON.parse(trimmed.report()) };
      trimmed.free();
      return result;
    });
  }
}

/**
 * Trims one kernel's BTF for some objects; for many kernels, {@link Trimmer} parses the objects once.
 *
 * @param objects - parsed, or the bytes of ELF files
 * @param kernel - in any form that `parseBtf` reads
 * @param modules - as for {@link Trimmer.trim}
 * @param compat - as for {@link Trimmer}
 *
 * @example
 * const { btf, report } = trim({ objects: [objectBytes], kernel: await readFile('5.4.0-26-generic.btf.tar.xz') });
 */
export function trim({
  objects,
  kernel,
  modules = [],
  compat,
}: {
  objects: Iterable<BpfObject | Bytes>;
  kernel: Bytes;
  modules?: readonly Bytes[];
} & TrimmerOptions): Trimmed {
  using trimmer = new Trimmer([], { compat });
  for (const object of objects) {
    if (object instanceof BpfObject) {
      trimmer.add(object);
    } else {
      using parsed = parseObject(object);
      trimmer.add(parsed);
    }
  }
  return trimmer.trim(kernel, modules);
}
