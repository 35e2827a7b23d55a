/**
 * What went wrong, as data: a stable `code`, where, and the value that was refused.
 *
 * Codes of the formats (`BTF_…`, `ELF_…`, `RELO_…`, `PACK_…`, `IDENTITY_…`) come from the core; those of this
 * package are in {@link CoreCode}. Codes are never reused for something else.
 *
 * @example
 * try {
 *   parseBtf(bytes);
 * } catch (error) {
 *   if (error instanceof BpfcError && error.code === 'BTF_MAGIC') console.error(`not BTF at byte ${error.at}`);
 *   else throw error;
 * }
 */
export class BpfcError extends Error {
  override readonly name = 'BpfcError';
  /** Stable, in capitals: `BTF_MAGIC`, `WASM_TRAP`. */
  readonly code: string;
  /** Where in the input, as an offset in bytes, when there is such a place. */
  readonly at: number | undefined;
  /** The offending value, when there is one. */
  readonly value: number | string | undefined;

  constructor(
    code: string,
    message: string,
    details: { at?: number | undefined; value?: number | string | undefined; cause?: unknown } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.at = details.at;
    this.value = details.value;
  }
}

/** The codes that this package itself throws, beside those of the formats. */
export const CoreCode = {
  /** Used before `await init()` (browser and slim entries). */
  notReady: 'CORE_NOT_READY',
  /** The WebAssembly module could not be fetched, compiled or started. */
  load: 'CORE_LOAD',
  /** The slim module does not have what was called. */
  slim: 'CORE_SLIM',
  /** The WebAssembly instance ran out of memory or crashed; it was dropped, the next call starts a fresh one. */
  trap: 'WASM_TRAP',
  /** A handle was used after `free()`, a pool after `terminate()`. */
  freed: 'HANDLE_FREED',
  /** A handle outlived its instance, which trapped; make the handle again. */
  stale: 'HANDLE_STALE',
  /** An argument has the wrong type. */
  argument: 'ARG_TYPE',
  /** A worker of a pool ended while it was at a kernel. */
  workerLost: 'WORKER_LOST',
  /** A file that was given to a pool could not be read. */
  kernelRead: 'KERNEL_READ',
  /** The catalog of a cache is damaged, or of a newer version. */
  catalog: 'CATALOG_INVALID',
  /** The index of a mirror is damaged, or of a newer version. */
  index: 'INDEX_INVALID',
  /** The lock of a project is damaged, or of a newer version. */
  lock: 'LOCK_INVALID',
} as const;
