/**
 * Many kernels on the Workers of a browser. The module is the one that `init()` loaded, of whichever entry, or the one
 * that the pool is given.
 *
 * @module
 */
import type { Bytes } from '../bytes.js';
import { BpfcError, CoreCode } from '../error.js';
import { configuredModule } from '../load.js';
import { defaultJobsOn, type Platform, type PoolOptions, WorkerPool } from './pool.js';
import { isPackedName, type Source, sourceOfBytes } from './sources.js';
import type { Port, PortEvents } from './thread.js';

export type * from './api.js';

/** A kernel's BTF: bytes, or a `Blob` or `File`, which a worker reads. */
export type KernelInput = Bytes | Blob;

const platform: Platform<KernelInput> = {
  spawn,
  cores: () => navigator.hardwareConcurrency,
  module: async () => {
    const module = configuredModule();
    if (module) return module;
    throw new BpfcError(
      CoreCode.notReady,
      'the pool has no WebAssembly module: `await init()` first, or give it one as `module`',
    );
  },
  source: (kernel) => (kernel instanceof Blob ? sourceOfBlob(kernel) : sourceOfBytes(kernel, sha256)),
};

/**
 * Workers that trim kernels, started at once and kept until they are terminated.
 *
 * @example
 * await using pool = new TrimPool({ module: fetch(wasmUrl) });
 * const outcomes = await pool.trim({ objects: [object], kernels: files });
 * for (const { trimmed, error } of outcomes) console.log(trimmed?.report.bytesOut ?? error?.code);
 */
export class TrimPool extends WorkerPool<KernelInput> {
  constructor(options: PoolOptions = {}) {
    super(platform, options);
  }
}

/** The workers of a pool that is not told how many: as many as cores, at most 8. */
export function defaultJobs(): number {
  return defaultJobsOn(platform.cores());
}

function spawn({ answered, ended }: PortEvents): Port {
  // In this form bundlers see that the file is a worker.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const end = (why: unknown) => {
    // After an error that nobody caught a worker lives on, in an unknown state.
    worker.terminate();
    ended(why);
  };
  worker.onmessage = ({ data }) => answered(data);
  worker.onmessageerror = () => end(new Error('its answer could not be read'));
  worker.onerror = (event) => {
    event.preventDefault();
    end(new Error(event.message || 'its script could not be loaded'));
  };
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    hold: () => {
      // A page does not end by itself.
    },
    terminate: async () => worker.terminate(),
  };
}

function sourceOfBlob(blob: Blob): Source {
  return {
    size: blob.size,
    // Where nothing says that it is raw, the stricter bound counts.
    packed: !(blob instanceof File) || isPackedName(blob.name),
    send: () => ({ kernel: blob, transfer: [] }),
    digest: async () => {
      const bytes = await blob.arrayBuffer().catch(() => undefined);
      return bytes && sha256(new Uint8Array(bytes));
    },
  };
}

/** Pages that come neither by TLS nor from this machine have no `crypto.subtle`: there equal kernels are trimmed each. */
async function sha256(bytes: Uint8Array): Promise<string | undefined> {
  const sum = await globalThis.crypto?.subtle?.digest('SHA-256', bytes as BufferSource);
  return sum && String.fromCharCode(...new Uint8Array(sum));
}
