/** The codes that this package itself throws, beside `CORE_LOAD`, `CORE_NOT_READY` and `ARG_TYPE` of `@bpfc/core`. */
export const WasiCode = {
  /** The path of a given file is empty, holds an empty part, `.` or `..`, or lies below another given file. */
  path: 'WASI_PATH',
  /** The WASI host failed, not the command: out of memory, most often. The next run starts a fresh one. */
  host: 'WASI_HOST',
} as const;
