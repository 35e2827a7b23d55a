// What the page asks of its files. Everything that is known of types comes from the core; here is what is kept of it.
import {
  Against,
  BpfcError,
  type BpfObject,
  type Btf,
  type BtfInfo,
  CoreCode,
  type Definition,
  diff,
  dropInstance,
  type Identity,
  type InspectedObject,
  type InspectedPack,
  identityOfPath,
  inspect,
  memoryBytes,
  openPack,
  type Pack,
  parseBtf,
  parseObject,
  type RelocationsOverKernels,
  relocate,
  sha256,
  type TypeDifference,
  type TypeLayout,
  type TypeSummary,
} from '@bpfc/core/slim';
import { bytesOfBlob, pause } from './bytes.js';
import { typesNamed, wordsOf } from './named.js';
import { Parsed } from './parsed.js';
import { PROGRAM, placeOf, type Source } from './source.js';

/** A kernel among those that a program is held against. */
export interface NamedSource extends Source {
  name: string;
}

/** What a file is. */
export type Told = InspectedPack | InspectedObject | KernelBtf;

/** The BTF of a kernel. */
export interface KernelBtf {
  is: 'btf';
  /** Bytes of the file. */
  size: number;
  /** Of the file, in hexadecimal. */
  sha256: string;
  /** Null where it is not unpacked yet. */
  btf: BtfInfo | null;
}

export interface Added {
  told: Told;
  /** The kernels that its entries are of, by path; of a file that is no pack, by its name. Null where that does not say. */
  identities: Map<string, Identity | null>;
}

/** The types on both sides of one relocation. */
export interface RelocationTypes {
  /** The program's. */
  local: Definition;
  /** The kernel's that match, or else what it has of that name: at most {@link MOST_CANDIDATES}. */
  kernel: { id: number; definition: Definition }[];
  /** How many match. */
  candidates: number;
}

const MOST_CANDIDATES = 4;

/** What a search finds. */
export interface Found {
  /** Likeliest first. */
  ids: Uint32Array;
  /** Of the first {@link FIRST}: what a list shows at once. */
  first: TypeSummary[];
}

/** Rows of a list that come with its ids. */
const FIRST = 64;

/** One type, as it is asked for. */
export interface NamedType extends TypeSummary {
  definition: Definition;
  /** Ids of all that C calls the same, itself among them. Empty for one without a name. */
  namesakes: number[];
}

/** A type in two BTFs. */
export interface Compared {
  /** Null where a BTF has none of that name. */
  old: ComparedType | null;
  current: ComparedType | null;
  /** Null where nothing differs. */
  difference: TypeDifference | null;
}

/** One side of a comparison, with what `diff` leaves out: what is equal. */
export interface ComparedType extends TypeSummary {
  definition: Definition;
  /** Of a struct or union. */
  layout: TypeLayout | null;
  /** Of an enum. */
  enumerators: { name: string; value: string }[];
}

/** WASM's memory never shrinks: beyond this, in bytes, a fresh instance costs less than what the old one holds. */
const MOST_MEMORY = 768 << 20;

/** Runs in a Worker. Numbers of files are the caller's. */
export class Engine {
  readonly #ready: Promise<void>;
  readonly #files = new Map<number, Blob>();
  /** A kernel's BTF may take 60 MB when it is parsed, so that four are 240. */
  readonly #btfs = new Parsed<Btf>(4);
  readonly #objects = new Parsed<BpfObject>(4);
  /** Of thousands of kernels each is asked for by itself; opening their pack takes longer than all the rest. */
  readonly #packs = new Parsed<Pack>(1);
  /** Calls that go on after others came in between. */
  #going = 0;

  constructor(ready: Promise<void>) {
    this.#ready = ready;
    // Told to whoever calls first.
    ready.catch(() => {});
  }

  /**
   * Takes a file and tells what it is. A packed one that an archive's path says to be a kernel's is unpacked only when it is
   * asked for: a folder may hold thousands.
   *
   * @throws Failure what is none of bpfc's files, or broken; nothing is kept of it then
   */
  async add(file: number, name: string, blob: Blob): Promise<Added> {
    await this.#ready;
    const bytes = await bytesOfBlob(blob);
    return this.#run(() => {
      const told = this.#tell(file, name, bytes);
      const paths = told.is === 'pack' ? told.groups.flatMap((group) => group.paths) : [name];
      const identities = new Map(paths.map((path) => [path, identityOfPath(path) ?? null]));
      this.#files.set(file, blob);
      return { told, identities };
    });
  }

  #tell(file: number, name: string, bytes: Uint8Array): Told {
    const isPacked = /\.btf\.tar\.[xg]z$/.test(name) && identityOfPath(name) !== undefined;
    if (!isPacked && !isRawBtf(bytes)) return inspect(bytes);
    // Parsed once: its types are shown next.
    const btf = isPacked ? null : this.#btf({ file, path: null }, bytes).info();
    return { is: 'btf', size: bytes.length, sha256: sha256(bytes), btf };
  }

  /** Forgets a file. */
  remove(file: number): void {
    this.#files.delete(file);
    const isOf = (place: string) => place.startsWith(`${file} `);
    this.#btfs.drop(isOf);
    this.#objects.drop(isOf);
    this.#packs.drop(isOf);
  }

  /** Counts and sizes of a BTF. */
  info(source: Source): Promise<BtfInfo> {
    return this.#withBtf(source, (btf) => btf.info());
  }

  /** The types that a text finds. */
  search(source: Source, text: string): Promise<Found> {
    return this.#withBtf(source, (btf) => {
      const ids = btf.search(text);
      return { ids, first: btf.summaries(ids.subarray(0, FIRST)) };
    });
  }

  summaries(source: Source, ids: Uint32Array): Promise<TypeSummary[]> {
    return this.#withBtf(source, (btf) => btf.summaries(ids));
  }

  /**
   * The type that C calls so (`struct sock`, `u32`, `func vfs_read`), or that `#12` numbers; the one with this id, where
   * several have that name. Without words a first one to look at. Null where there is none.
   */
  type(source: Source, words: string | undefined, id: number | undefined): Promise<NamedType | null> {
    return this.#withBtf(source, (btf) => {
      const asked = words === undefined ? firstOf(btf) : typesNamed(btf, words);
      const [found = asked[0]] = asked.filter((named) => named === id);
      const [summary] = found === undefined ? [] : btf.summaries(Uint32Array.of(found));
      if (!summary) return null;
      const namesakes = summary.name === '' ? [] : typesNamed(btf, wordsOf(summary));
      return { ...summary, definition: btf.definition(summary.id), namesakes };
    });
  }

  layout(source: Source, id: number): Promise<TypeLayout> {
    return this.#withBtf(source, (btf) => btf.layout(id));
  }

  /** A type of two kernels, in C's words: `struct sock`. */
  compare(old: Source, current: Source, type: string): Promise<Compared> {
    return this.#withBtfs([old, current], (before, after) => {
      const [[oldId], [currentId]] = [typesNamed(before, type), typesNamed(after, type)];
      const differences = oldId === undefined && currentId === undefined ? [] : diff(before, after, [type]);
      // Where several have the name, diff tells which of them it holds against each other.
      const difference =
        differences.find((it) => it.old?.id === oldId && it.new?.id === currentId) ??
        differences.find((it) => it.old?.id === oldId || it.new?.id === currentId) ??
        null;
      return {
        old: comparedType(before, difference?.old?.id ?? oldId),
        current: comparedType(after, difference?.new?.id ?? currentId),
        difference,
      };
    });
  }

  /** A program's relocations over kernels; `onKernel` hears how many are done. Other calls are answered in between. */
  async relocations(
    program: Source,
    kernels: readonly NamedSource[],
    onKernel: (done: number) => void,
  ): Promise<RelocationsOverKernels> {
    const bytes = await this.#bytes(program);
    // From here on memory is not given back: what goes on lives in it.
    this.#going++;
    let against: Against | undefined;
    try {
      const begun = this.#run(() => new Against(this.#object(program, bytes)));
      against = begun;
      for (const [position, kernel] of kernels.entries()) {
        const content = await this.#bytes(kernel);
        this.#run(() => begun.add(kernel.name, content));
        onKernel(position + 1);
        await pause();
      }
      return this.#run(() => begun.result());
    } finally {
      against?.free();
      this.#going--;
    }
  }

  /** The types on both sides of the relocation at this position of {@link relocations}. */
  async relocationTypes(program: Source, position: number, kernel: Source): Promise<RelocationTypes> {
    const [bytes, kernelBytes] = await Promise.all([this.#bytes(program), this.#bytes(kernel)]);
    return this.#run(() => {
      const object = this.#object(program, bytes);
      const relocation = object.info().relocations[position];
      if (!relocation) throw new BpfcError(CoreCode.argument, `no relocation ${position}`);
      const btf = this.#btf(kernel, kernelBytes);
      const outcome = relocate(object, btf, { autoload: 'all' }).relocations[position];
      const matching = outcome?.candidates.map(({ id }) => id) ?? [];
      const instead = outcome?.instead?.type;
      const named = matching.length > 0 || !instead ? matching : typesNamed(btf, instead);
      const shown = named.slice(0, MOST_CANDIDATES);
      return {
        local: this.#btf(program, bytes).definition(relocation.typeId),
        kernel: shown.map((id) => ({ id, definition: btf.definition(id) })),
        candidates: matching.length,
      };
    });
  }

  /** A file of a pack, as text. */
  async text(source: Source): Promise<string> {
    return new TextDecoder().decode(await this.#bytes(source));
  }

  #withBtf<T>(source: Source, ask: (btf: Btf) => T): Promise<T> {
    return this.#withBtfs([source], ask);
  }

  /** Reads only what is not parsed already. */
  async #withBtfs<T, S extends Source[]>(
    sources: [...S],
    ask: (...btfs: { [K in keyof S]: Btf }) => T,
  ): Promise<T> {
    const isParsed = (source: Source) => this.#btfs.has(placeOf(source));
    const read = await Promise.all(
      sources.map(async (source) => (isParsed(source) ? undefined : this.#bytes(source))),
    );
    // Other calls may have put one out while another was read.
    if (sources.some((source, at) => !read[at] && !isParsed(source))) return this.#withBtfs(sources, ask);
    return this.#run(() => {
      const btfs = sources.map((source, at) => this.#btf(source, read[at]));
      return ask(...(btfs as { [K in keyof S]: Btf }));
    });
  }

  async #withPack<T>(file: number, ask: (pack: Pack) => T): Promise<T> {
    const whole = { file, path: null };
    const bytes = this.#packs.has(placeOf(whole)) ? undefined : await this.#bytes(whole);
    return this.#run(() => ask(this.#packs.get(placeOf(whole), () => openPack(bytes ?? new Uint8Array()))));
  }

  /** Bytes of a file, or of what is in a pack. */
  async #bytes({ file, path }: Source): Promise<Uint8Array> {
    if (path !== null) {
      return this.#withPack(file, (pack) => {
        const found = path === PROGRAM ? pack.program() : pack.read(path);
        if (!found) throw new BpfcError(CoreCode.argument, `nothing at '${path}' in the pack`);
        return found;
      });
    }
    const blob = this.#files.get(file);
    if (!blob) throw new BpfcError(CoreCode.argument, `no file ${file}`);
    await this.#ready;
    return bytesOfBlob(blob);
  }

  #btf(source: Source, bytes: Uint8Array | undefined): Btf {
    return this.#btfs.get(placeOf(source), () => parseBtf(bytes ?? new Uint8Array()));
  }

  #object(source: Source, bytes: Uint8Array): BpfObject {
    return this.#objects.get(placeOf(source), () => parseObject(bytes));
  }

  /** Calls into the core. What it leaves behind is let go where it ran into a trap, or has grown too large. */
  #run<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (error instanceof BpfcError && error.code === CoreCode.trap) this.#forget();
      throw error;
    } finally {
      if (this.#going === 0 && memoryBytes() > MOST_MEMORY) this.#forget();
    }
  }

  #forget(): void {
    this.#btfs.drop();
    this.#objects.drop();
    this.#packs.drop();
    dropInstance();
  }
}

/** Raw BTF, in either byte order. */
function isRawBtf([first, second]: Uint8Array): boolean {
  return (first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f);
}

/** What is shown of a BTF that nothing was asked of yet: the struct that most people know. */
function firstOf(btf: Btf): number[] {
  const known = typesNamed(btf, 'struct task_struct');
  if (known.length > 0) return known;
  const [first = btf.search('')[0]] = btf.search('struct ');
  return first === undefined ? [] : [first];
}

function comparedType(btf: Btf, id: number | undefined): ComparedType | null {
  const [summary] = id === undefined ? [] : btf.summaries(Uint32Array.of(id));
  if (!summary) return null;
  const isLaidOut = summary.kind === 'struct' || summary.kind === 'union';
  const type = isLaidOut ? undefined : btf.type(summary.id);
  const values = type && 'values' in type ? type.values : [];
  return {
    ...summary,
    definition: btf.definition(summary.id),
    layout: isLaidOut ? btf.layout(summary.id) : null,
    enumerators: values.map(({ name, value }) => ({ name, value: String(value) })),
  };
}
