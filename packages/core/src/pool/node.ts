/**
 * Many kernels on the worker threads of Node.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Bytes } from '../bytes.js';
import { configuredModule } from '../load.js';
import { defaultJobsOn, type Platform, type PoolOptions, WorkerPool } from './pool.js';
import { isPackedName, type Source, sourceOfBytes } from './sources.js';
import type { Port, PortEvents } from './thread.js';

export type * from './api.js';

/** A kernel's BTF: bytes, or the path or `file:` URL of a file, which a worker reads. */
export type KernelInput = Bytes | string | URL;

const platform: Platform<KernelInput> = {
  spawn,
  cores: availableParallelism,
  // The embedded one is read while the workers start.
  module: async () => configuredModule() ?? (await import('../node.js')).wasmModule(),
  source: (kernel) => {
    if (kernel instanceof URL) return sourceOfFile(fileURLToPath(kernel));
    return typeof kernel === 'string'
      ? sourceOfFile(kernel)
      : sourceOfBytes(kernel, async (bytes) => sha256(bytes));
  },
};

/**
 * Workers that trim kernels, started at once and kept until they are terminated. While they have nothing to do they
 * do not keep the process alive.
 *
 * @example
 * await using pool = new TrimPool();
 * const outcomes = await pool.trim({ objects: [object], kernels: ['5.4.0-26-generic.btf.tar.xz'] });
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
  // Flags of this process, such as `--input-type`, may not fit a file.
  const worker = new Worker(new URL('./worker-node.js', import.meta.url), { execArgv: [] });
  worker.on('message', answered);
  worker.on('error', ended);
  worker.on('exit', (status) => ended(new Error(`exit status ${status}`)));
  // After the listeners: one for messages makes the process stay.
  worker.unref();
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function sourceOfFile(path: string): Source {
  return {
    size: orUndefined(() => statSync(path).size) ?? 0,
    packed: isPackedName(path),
    send: () => ({ kernel: path, transfer: [] }),
    digest: async () => orUndefined(() => sha256OfFile(path)),
  };
}

/** Undefined for a file that is not there or not to be read: the worker that reads it says why. */
function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** One buffer for all: whole files, thousands of them, would be garbage faster than it is collected. */
const chunk = new Uint8Array(1 << 20);

function sha256OfFile(path: string): string {
  const file = openSync(path, 'r');
  try {
    const hash = createHash('sha256');
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, read));
    }
    return hash.digest('base64');
  } finally {
    closeSync(file);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
