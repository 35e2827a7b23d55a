// A program in the kernel: opened, loaded and attached with libbpf, and the buffers it writes to.
import { BpfcError } from '@bpfc/core/base';
import { LoaderCode } from './error.js';
import { type EventBuffer, type Libbpf, MAP_TYPE, type Pointer, type Received } from './libbpf.js';
import type { AttachedProgram, EventMap, Job } from './messages.js';

/** Bytes of the verifier's text. */
const LOG_BYTES = 1 << 20;
/** Lines of it, from its end, in an error. */
const LOG_LINES = 30;

/** errno(3). */
const EPERM = 1;
const EACCES = 13;

/** What an {@link EventBuffer} is made with. */
export interface Receiver {
  received: Received;
  lost: (count: number) => void;
}

/** Holds everything until {@link LoadedObject.close}. */
export class LoadedObject {
  readonly maps: EventMap[] = [];
  readonly programs: AttachedProgram[] = [];
  readonly #buffers = new Map<string, EventBuffer>();
  readonly #links: Pointer[] = [];
  #object: Pointer = null;

  /**
   * Buffers are made before programs are attached, so that no event is lost for want of one.
   *
   * @param receiver - of a map's records
   * @throws BpfcError `LOADER_OPEN`, `LOADER_LOAD`, `LOADER_PERMISSION`, `LOADER_MAP`, `LOADER_ATTACH`
   */
  constructor(
    readonly libbpf: Libbpf,
    job: Job,
    receiver: (map: string) => Receiver,
  ) {
    try {
      this.#load(job);
      this.#open(job.pages, receiver);
      this.#attach();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The buffer of one of {@link maps}. */
  buffer(map: string): EventBuffer | undefined {
    return this.#buffers.get(map);
  }

  /** Detaches and unloads. */
  close(): void {
    for (const link of this.#links.splice(0)) this.libbpf.linkDestroy(link);
    for (const buffer of this.#buffers.values()) buffer.free();
    this.#buffers.clear();
    if (this.#object !== null) this.libbpf.objectClose(this.#object);
    this.#object = null;
  }

  #load({ object, objectName, btf }: Job): void {
    const { libbpf } = this;
    const bytes = Buffer.from(object.buffer, object.byteOffset, object.length);
    const kernelLog = libbpf.text(LOG_BYTES);
    try {
      this.#object = libbpf.objectOpenMem(bytes, { objectName, btfCustomPath: btf, kernelLog });
      if (this.#object === null) {
        throw this.#error(LoaderCode.open, 'libbpf cannot open the program', libbpf.errno());
      }
      const status = libbpf.objectLoad(this.#object);
      if (status < 0) throw this.#refused(-status, kernelLog.read());
    } finally {
      kernelLog.free();
    }
  }

  #refused(error: number, log: string): BpfcError {
    const lines = log.trimEnd().split('\n');
    const end = lines.slice(-LOG_LINES).join('\n');
    // The verifier refuses with these too, and then says why.
    if (end === '' && (error === EPERM || error === EACCES)) {
      const text = 'this process may not load eBPF programs; it takes root, or CAP_BPF and CAP_PERFMON';
      return this.#error(LoaderCode.permission, text, error);
    }
    const told =
      end === '' ? '' : `\nthe kernel says${lines.length > LOG_LINES ? ', at the end' : ''}:\n${end}`;
    return this.#error(LoaderCode.load, 'the program cannot be loaded', error, told);
  }

  #open(pages: number, receiver: (map: string) => Receiver): void {
    const { libbpf } = this;
    for (const map of this.#all(libbpf.objectNextMap)) {
      const [name, type, fd] = [libbpf.mapName(map), libbpf.mapType(map), libbpf.mapFd(map)];
      const kind = type === MAP_TYPE.ringbuf ? 'ringbuf' : type === MAP_TYPE.perfbuf ? 'perfbuf' : undefined;
      if (kind === undefined) continue;
      const { received, lost } = receiver(name);
      const buffer =
        kind === 'ringbuf' ? libbpf.ringBuffer(fd, received) : libbpf.perfBuffer(fd, pages, received, lost);
      if (!buffer) throw this.#error(LoaderCode.map, `${name} cannot be read`, libbpf.errno());
      this.#buffers.set(name, buffer);
      this.maps.push({ name, kind });
    }
  }

  #attach(): void {
    const { libbpf } = this;
    for (const program of this.#all(libbpf.objectNextProgram)) {
      if (!libbpf.programAutoload(program)) continue;
      const name = libbpf.programName(program);
      const link = libbpf.programAttach(program);
      if (link === null) {
        throw this.#error(LoaderCode.attach, `${name} cannot be attached`, libbpf.errno());
      }
      this.#links.push(link);
      this.programs.push({ name, section: libbpf.programSection(program) });
    }
  }

  *#all(next: (object: Pointer, after: Pointer) => Pointer): Generator<Pointer> {
    for (let at = next(this.#object, null); at !== null; at = next(this.#object, at)) yield at;
  }

  #error(code: string, what: string, error: number, more = ''): BpfcError {
    return new BpfcError(code, `${what}: ${this.libbpf.describe(error)}${more}`, { value: error });
  }
}
