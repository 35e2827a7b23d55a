// A pack's program in this kernel.
import { BpfcError, type Bytes, openPack, Pack, parseBtf, sha256 } from '@bpfc/core';
import { ensureCoreBtf } from './core-btf.js';
import { LoaderCode } from './error.js';
import type { EventRecord, Events } from './events.js';
import { layoutOfType } from './layout.js';
import type { AttachedProgram, EventMap } from './messages.js';
import { eventType, type Meta, metaOf } from './package.js';
import type { Explanation, SelectOptions } from './select.js';
import { type Loaded, Thread } from './thread.js';

export interface LoadOptions extends SelectOptions {
  /** SHA-256 of the only object that is wanted, in hexadecimal. Default: any. */
  sha256?: string | undefined;
  /** Pages of a perf buffer for each CPU, a power of two. Default: what package.json says, or 64. */
  pages?: number | undefined;
  /** Bytes of events of one map that may wait to be iterated over, those of their records and 256 for each. Default: 32 MiB. */
  queueBytes?: number | undefined;
}

export interface EventOptions {
  /** Name of the type of the events, as in C. Default: the only one that package.json exports. */
  type?: string | undefined;
  /** Members that are wanted as bytes, by their path: `args`, `header.address`. */
  bytes?: readonly string[] | undefined;
}

const DEFAULT_PAGES = 64;
const DEFAULT_QUEUE_BYTES = 32 << 20;
/** More does not fit the counter. */
const MAX_QUEUE_BYTES = 1 << 30;

/** A program that is loaded and attached. Made by {@link loadPack}. Keeps the process alive until it is disposed of. */
export class LoadedProgram implements AsyncDisposable {
  /** Of the object, in hexadecimal. */
  readonly sha256: string;
  /** Which BTF it was loaded with, and why. */
  readonly explanation: Explanation;
  /** What is attached. */
  readonly programs: readonly AttachedProgram[];
  /** Maps that carry events. */
  readonly maps: readonly EventMap[];
  readonly #thread: Thread;
  readonly #object: Uint8Array;
  readonly #meta: Meta;

  private constructor(
    object: Uint8Array,
    meta: Meta,
    explanation: Explanation,
    thread: Thread,
    loaded: Loaded,
  ) {
    this.sha256 = sha256(object);
    this.explanation = explanation;
    this.programs = loaded.programs;
    this.maps = loaded.maps;
    this.#thread = thread;
    this.#object = object;
    this.#meta = meta;
  }

  /** @internal */
  static async load(pack: Pack, options: LoadOptions): Promise<LoadedProgram> {
    const object = pack.program();
    const packageJson = pack.read('package.json');
    if (!object || !packageJson) {
      throw new BpfcError(LoaderCode.program, 'the pack has no program: no package.json');
    }
    refuseOther(object, options.sha256);
    const meta = metaOf(packageJson);
    using core = ensureCoreBtf(pack, options);
    const thread = new Thread({
      object,
      objectName: meta.objectName,
      btf: core.path ?? null,
      pages: options.pages ?? meta.pages ?? DEFAULT_PAGES,
      queueBytes: Math.min(options.queueBytes ?? DEFAULT_QUEUE_BYTES, MAX_QUEUE_BYTES),
    });
    return new LoadedProgram(object, meta, core.explanation, thread, await thread.loaded);
  }

  /**
   * The events of a map, from the time the program was attached as far as the kernel's buffer has kept them.
   *
   * @throws BpfcError `LOADER_MAP`: there is no such map, or it is being read already; `LOADER_TYPE`
   *
   * @example
   * for await (const { pid, comm } of program.events('events')) console.log(pid, comm);
   */
  events<T = EventRecord>(map: string, options: EventOptions = {}): Events<T> {
    if (!this.maps.some(({ name }) => name === map)) {
      const names = this.maps.map(({ name }) => name).join(', ') || 'none';
      throw new BpfcError(LoaderCode.map, `no map ${map} that carries events; there are: ${names}`);
    }
    using btf = parseBtf(this.#object);
    const layout = layoutOfType(btf, eventType(btf, this.#meta, options.type), options.bytes);
    return this.#thread.read(map, layout);
  }

  /** Detaches and unloads the program. What waits to be iterated over can still be. */
  dispose(): Promise<void> {
    return this.#thread.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function refuseOther(object: Uint8Array, wanted: string | undefined): void {
  const found = sha256(object);
  if (wanted === undefined || wanted.toLowerCase() === found) return;
  throw new BpfcError(LoaderCode.sha256, `the program in the pack has the SHA-256 ${found}`, {
    value: found,
  });
}

/**
 * Loads the program of a pack into this kernel with libbpf, with the BTF that `select` finds, and attaches all of it. Takes
 * koffi and libbpf.so.1.
 *
 * @throws BpfcError what `ensureCoreBtf` throws; `LOADER_PROGRAM`, `LOADER_SHA256`, `LOADER_KOFFI`, `LOADER_LIBBPF`, `LOADER_OPEN`,
 * `LOADER_LOAD` with the verifier's text, `LOADER_PERMISSION`, `LOADER_MAP`, `LOADER_ATTACH`, `LOADER_THREAD`
 *
 * @example
 * await using program = await loadPack(await readFile('execsnoop.tar'));
 * for await (const { pid, comm } of program.events('events')) console.log(pid, comm);
 */
export async function loadPack(pack: Bytes | Pack, options: LoadOptions = {}): Promise<LoadedProgram> {
  if (pack instanceof Pack) return LoadedProgram.load(pack, options);
  using opened = openPack(pack);
  return await LoadedProgram.load(opened, options);
}
