// libbpf.so.1 as functions: the only place that knows koffi and C.
import { BpfcError } from '@bpfc/core/base';
import type { TypeObject } from 'koffi';
import manifest from '../package.json' with { type: 'json' };
import { LoaderCode } from './error.js';
import { reason } from './files.js';

/** An address in C; null is NULL. */
export type Pointer = bigint | null;

/** `enum bpf_map_type` of include/uapi/linux/bpf.h. */
export const MAP_TYPE = { perfbuf: 4, ringbuf: 27 } as const;

/** What is used of libbpf, by its names where they are the same. */
export interface Libbpf {
  objectOpenMem(object: Buffer, options: OpenOptions): Pointer;
  objectLoad(object: Pointer): number;
  objectClose(object: Pointer): void;
  objectNextProgram(object: Pointer, after: Pointer): Pointer;
  objectNextMap(object: Pointer, after: Pointer): Pointer;
  programName(program: Pointer): string;
  programSection(program: Pointer): string;
  programAutoload(program: Pointer): boolean;
  programAttach(program: Pointer): Pointer;
  linkDestroy(link: Pointer): number;
  mapName(map: Pointer): string;
  mapType(map: Pointer): number;
  mapFd(map: Pointer): number;
  /** Undefined where it cannot be made. */
  ringBuffer(map: number, received: Received): EventBuffer | undefined;
  /**
   * Undefined where it cannot be made.
   *
   * @param pages - for each CPU, a power of two
   */
  perfBuffer(
    map: number,
    pages: number,
    received: Received,
    lost: (count: number) => void,
  ): EventBuffer | undefined;
  /** Waits until one of the file descriptors of epoll has something, at most `milliseconds`. */
  wait(descriptors: readonly number[], milliseconds: number): void;
  /** Copies from C. */
  copy(to: Buffer, from: Pointer, size: number): void;
  /** Memory for text from C. */
  text(bytes: number): Text;
  /** Of the last call that gave NULL. */
  errno(): number;
  /** What an error number says. */
  describe(error: number): string;
}

/** Takes a record of `size` bytes; false where that is enough for now, which perf buffers do not ask. */
export type Received = (data: Pointer, size: number) => boolean;

/** A ring buffer or perf buffer that is read. */
export interface EventBuffer {
  readonly descriptor: number;
  /** Hands out what is there. */
  consume(): void;
  free(): void;
}

/** Text that C writes. */
export interface Text {
  readonly address: Pointer;
  readonly size: number;
  read(): string;
  free(): void;
}

/** What is used of `struct bpf_object_open_opts`. */
export interface OpenOptions {
  objectName: string | null;
  btfCustomPath: string | null;
  kernelLog: Text;
}

/** `struct bpf_object_open_opts` of libbpf.h. */
const OPEN_OPTIONS = {
  sz: 'size_t',
  object_name: 'const char *',
  relaxed_maps: 'bool',
  pin_root_path: 'const char *',
  removed: 'uint32_t',
  kconfig: 'const char *',
  btf_custom_path: 'const char *',
  kernel_log_buf: 'void *',
  kernel_log_size: 'size_t',
  kernel_log_level: 'uint32_t',
} as const;

/** Bytes of a description of an error. */
const ERROR_TEXT_BYTES = 256;
const POLLIN = 1;
/** What a callback of a ring buffer returns to have libbpf stop after this record. */
const STOP = -1;

/**
 * Loads libbpf; its own messages on stderr are turned off.
 *
 * @throws BpfcError `LOADER_KOFFI`, `LOADER_LIBBPF`
 */
export async function loadLibbpf(): Promise<Libbpf> {
  const koffi = await loadKoffi();
  try {
    return bind(koffi);
  } catch (cause) {
    const text = `libbpf.so.1 cannot be used: ${reason(cause)}; Debian and Ubuntu have it in the package libbpf1`;
    throw new BpfcError(LoaderCode.libbpf, text, { cause });
  }
}

type Koffi = typeof import('koffi').default;

async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import('koffi')).default;
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : `cannot be loaded (${reason(cause)})`;
    const text = `koffi, which calls libbpf, ${why}: npm install koffi@${manifest.optionalDependencies.koffi}`;
    throw new BpfcError(LoaderCode.koffi, text, { cause });
  }
}

function bind(koffi: Koffi): Libbpf {
  const libbpf = koffi.load('libbpf.so.1');
  // What the process itself has, whatever its libc is called.
  const libc = koffi.load(null);
  // Without names, which one process can give but once.
  const openOptions = koffi.struct(OPEN_OPTIONS);
  const ringSample = koffi.pointer(koffi.proto('int', ['void *', 'void *', 'size_t']));
  const perfSample = koffi.pointer(koffi.proto('void', ['void *', 'int', 'void *', 'uint32_t']));
  const perfLost = koffi.pointer(koffi.proto('void', ['void *', 'int', 'uint64_t']));
  const from = (name: string, result: string, ...parameters: (string | TypeObject)[]) =>
    libbpf.func(name, result, parameters);

  const openMem = from('bpf_object__open_mem', 'void *', 'void *', 'size_t', koffi.pointer(openOptions));
  const strerror = from('libbpf_strerror', 'int', 'int', 'void *', 'size_t');
  const ring = {
    create: from('ring_buffer__new', 'void *', 'int', ringSample, 'void *', 'void *'),
    descriptor: from('ring_buffer__epoll_fd', 'int', 'void *'),
    consume: from('ring_buffer__consume', 'int', 'void *'),
    free: from('ring_buffer__free', 'void', 'void *'),
  };
  const perf = {
    create: from('perf_buffer__new', 'void *', 'int', 'size_t', perfSample, perfLost, 'void *', 'void *'),
    descriptor: from('perf_buffer__epoll_fd', 'int', 'void *'),
    consume: from('perf_buffer__consume', 'int', 'void *'),
    free: from('perf_buffer__free', 'void', 'void *'),
  };
  const memcpy = libc.func('memcpy', 'void *', ['void *', 'void *', 'size_t']);
  const pollfd = koffi.struct({ fd: 'int', events: 'short', revents: 'short' });
  const poll = libc.func('poll', 'int', [koffi.pointer(pollfd), 'ulong', 'int']);
  // Variadic functions cannot be called back.
  from('libbpf_set_print', 'void *', 'void *')(null);

  const eventBuffer = (kind: typeof ring, buffer: Pointer, callbacks: bigint[]): EventBuffer | undefined => {
    const unregister = () => {
      for (const callback of callbacks) koffi.unregister(callback);
    };
    if (buffer === null) {
      unregister();
      return undefined;
    }
    return {
      descriptor: kind.descriptor(buffer),
      consume: () => kind.consume(buffer),
      free: () => {
        kind.free(buffer);
        unregister();
      },
    };
  };

  return {
    objectOpenMem: (object, { objectName, btfCustomPath, kernelLog }) =>
      openMem(object, object.length, {
        sz: koffi.sizeof(openOptions),
        object_name: objectName,
        relaxed_maps: false,
        pin_root_path: null,
        removed: 0,
        kconfig: null,
        btf_custom_path: btfCustomPath,
        kernel_log_buf: kernelLog.address,
        kernel_log_size: kernelLog.size,
        kernel_log_level: 0,
      }),
    objectLoad: from('bpf_object__load', 'int', 'void *'),
    objectClose: from('bpf_object__close', 'void', 'void *'),
    objectNextProgram: from('bpf_object__next_program', 'void *', 'void *', 'void *'),
    objectNextMap: from('bpf_object__next_map', 'void *', 'void *', 'void *'),
    programName: from('bpf_program__name', 'const char *', 'void *'),
    programSection: from('bpf_program__section_name', 'const char *', 'void *'),
    programAutoload: from('bpf_program__autoload', 'bool', 'void *'),
    programAttach: from('bpf_program__attach', 'void *', 'void *'),
    linkDestroy: from('bpf_link__destroy', 'int', 'void *'),
    mapName: from('bpf_map__name', 'const char *', 'void *'),
    mapType: from('bpf_map__type', 'uint32_t', 'void *'),
    mapFd: from('bpf_map__fd', 'int', 'void *'),
    ringBuffer: (map, received) => {
      const sample = (_context: Pointer, data: Pointer, size: number | bigint) =>
        received(data, Number(size)) ? 0 : STOP;
      const callback = koffi.register(sample, ringSample);
      return eventBuffer(ring, ring.create(map, callback, null, null), [callback]);
    },
    perfBuffer: (map, pages, received, lost) => {
      const sample = (_context: Pointer, _cpu: number, data: Pointer, size: number) => {
        received(data, size);
      };
      const gap = (_context: Pointer, _cpu: number, count: number | bigint) => lost(Number(count));
      const callbacks = [koffi.register(sample, perfSample), koffi.register(gap, perfLost)];
      return eventBuffer(perf, perf.create(map, pages, ...callbacks, null, null), callbacks);
    },
    wait: (descriptors, milliseconds) => {
      const polled = descriptors.map((fd) => ({ fd, events: POLLIN, revents: 0 }));
      poll(polled, polled.length, milliseconds);
    },
    copy: (to, data, size) => memcpy(to, data, size),
    text: (size) => {
      const address = koffi.alloc('char', size);
      koffi.encode(address, 'char', 0);
      return {
        address,
        size,
        read: () => koffi.decode.string(address),
        free: () => koffi.free(address),
      };
    },
    errno: () => koffi.errno(),
    describe: (error) => {
      const text = Buffer.alloc(ERROR_TEXT_BYTES);
      strerror(error, text, text.length);
      return text.toString('utf8', 0, text.indexOf(0));
    },
  };
}
