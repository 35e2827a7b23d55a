import type * as raw from '../wasm/bpfc.js';
import type { BtfInfo, BtfType } from './btf-types.js';
import { type Bytes, toBytes } from './bytes.js';
import { BpfcError, CoreCode } from './error.js';
import { adopt, Handle, rawOf, use } from './handle.js';
import type { Definition, TypeLayout, TypeSummary } from './type-views.js';

/** What one type of a BTF costs. */
export interface TypeSize {
  id: number;
  /** `struct task_struct` */
  type: string;
  /** Of its record and of the names in it; a name that several types share counts for the first. */
  bytes: number;
}

/** What types are written as. */
export type DumpFormat = 'c' | 'raw' | 'json';

/** A parsed BTF. Made by {@link parseBtf}. */
export class Btf extends Handle {
  private constructor() {
    super();
  }

  /** @internal */
  static parse(bytes: Bytes, base: Btf | undefined): Btf {
    const input = toBytes(bytes);
    const rawBase = base && rawOf<raw.Btf>(base);
    return adopt(new Btf(), (glue) =>
      rawBase ? glue.Btf.parseSplit(input, rawBase) : glue.Btf.parse(input),
    );
  }

  /** Counts and sizes. */
  info(): BtfInfo {
    return JSON.parse(use(this, (btf: raw.Btf) => btf.info()));
  }

  /** The type with this id (0 is `void`), or undefined when there is none. */
  type(id: number): BtfType | undefined {
    const json = use(this, (btf: raw.Btf) => btf.type(id));
    return json === undefined ? undefined : JSON.parse(json, enumeratorAsBigint);
  }

  /** Ids of the types with exactly this name, ascending; of split BTF its base's too. */
  find(name: string): Uint32Array {
    return use(this, (btf: raw.Btf) => btf.find(name));
  }

  /**
   * Ids of its own types whose name contains the text, likeliest first: the name itself, names that begin with it, names
   * with a word (behind `_`) that begins with it, the rest; of each, functions and variables last. ASCII case does not
   * matter.
   *
   * @param text - `struct x`, `union x`, `enum x`, `typedef x` and `func x` ask for that kind alone; all that have a name
   *   for `''`
   *
   * @example
   * const [first] = btf.summaries(btf.search('task_str').subarray(0, 20));
   */
  search(text: string): Uint32Array {
    return use(this, (btf: raw.Btf) => btf.search(text));
  }

  /**
   * What a list shows of types, without those that do not exist.
   *
   * @throws BpfcError `REPORT_LIMIT`
   */
  summaries(ids: Uint32Array): TypeSummary[] {
    return JSON.parse(use(this, (btf: raw.Btf) => btf.summaries(ids)));
  }

  /**
   * One type in C as {@link dump} writes it, alone. Types that C does not declare are as in a cast (`unsigned int`,
   * `struct sock *`); of a section its variables.
   *
   * @throws BpfcError `ARG_TYPE`: no such id; `BTF_DUMP`, `BTF_CYCLE`: what no compiler writes
   */
  definition(id: number): Definition {
    const json = use(this, (btf: raw.Btf) => btf.definition(id));
    if (json === undefined) throw new BpfcError(CoreCode.argument, `no type ${id}`);
    return JSON.parse(json);
  }

  /**
   * Where the members of a struct or union lie; also of one behind typedefs and modifiers.
   *
   * @throws BpfcError `ARG_TYPE`: the type is neither; `BTF_DUMP`, `BTF_CYCLE`: what no compiler writes; `REPORT_LIMIT`
   */
  layout(id: number): TypeLayout {
    const json = use(this, (btf: raw.Btf) => btf.layout(id));
    if (json === undefined) throw new BpfcError(CoreCode.argument, `type ${id} is no struct and no union`);
    return JSON.parse(json);
  }

  /** Its own types in order, `void` and the base's not among them. */
  *types(): Generator<BtfType, void, undefined> {
    const { firstId, types } = this.info();
    for (let id = firstId; id < firstId + types; id++) {
      const type = this.type(id);
      if (type) yield type;
    }
  }

  /** What each of its own types costs, the largest first. */
  typeSizes(): TypeSize[] {
    return JSON.parse(use(this, (btf: raw.Btf) => btf.typeSizes()));
  }

  /**
   * Its types as text: `c` is a header like `vmlinux.h`, which compiles and keeps every size and offset; `raw` what
   * `bpftool btf dump ... format raw` prints; `json` one {@link BtfType} a line, 64-bit values as strings.
   *
   * @param types - only these, by C's name (`task_struct`, `struct task_struct`); as C with what they need
   * @throws BpfcError `TYPE_MISSING`: no type of that name; `BTF_DUMP`, `BTF_CYCLE`: what no compiler writes
   *
   * @example
   * writeFileSync('vmlinux.h', btf.dump());
   */
  dump(format: DumpFormat = 'c', types: readonly string[] = []): string {
    const text = use(this, (btf: raw.Btf) => btf.dump(format, [...types]));
    if (text === undefined) throw new BpfcError(CoreCode.argument, `no format '${format}': c, raw or json`);
    return text;
  }

  /** The raw BTF, whatever form it was read from. */
  bytes(): Uint8Array {
    return use(this, (btf: raw.Btf) => btf.bytes());
  }
}

/**
 * Reads a BTF: raw, the `.BTF` section of an ELF file, or an archive's `.btf.tar.xz` (also `.tar`, `.tar.gz`, and
 * raw BTF in xz or gzip). With `base` it is split BTF, as of a kernel module; `base` must be kept until
 * the call returns, no longer.
 *
 * @throws BpfcError `BTF_…`, `ELF_…`, `ARCHIVE_…`: what is wrong with the bytes, and where
 *
 * @example
 * using btf = parseBtf(readFileSync('/sys/kernel/btf/vmlinux'));
 * for (const id of btf.find('task_struct')) console.log(btf.type(id));
 */
export function parseBtf(bytes: Bytes, options: { base?: Btf | undefined } = {}): Btf {
  return Btf.parse(bytes, options.base);
}

/** 64-bit values are decimal strings in JSON. The only `value` in {@link BtfType} is an enumerator's. */
function enumeratorAsBigint(key: string, value: unknown): unknown {
  return key === 'value' && typeof value === 'string' ? BigInt(value) : value;
}
