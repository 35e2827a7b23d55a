/** The codes that this package adds to those of `@bpfc/core`. Never reused. */
export const LoaderCode = {
  /** os-release is there and cannot be read. */
  system: 'LOADER_SYSTEM',
  /** The BTF is for another kind of machine. */
  machine: 'LOADER_MACHINE',
  /** The kernel has no BTF, and the pack is empty. */
  noPack: 'LOADER_NO_PACK',
  /** A file could not be read or made. */
  file: 'LOADER_FILE',
  /** koffi, which calls libbpf, is not installed or does not work here. */
  koffi: 'LOADER_KOFFI',
  /** libbpf.so.1 is not installed, or is not the libbpf that is known. */
  libbpf: 'LOADER_LIBBPF',
  /** The pack has no program. */
  program: 'LOADER_PROGRAM',
  /** The program is not the one that is wanted. */
  sha256: 'LOADER_SHA256',
  /** libbpf cannot open the program. */
  open: 'LOADER_OPEN',
  /** libbpf or the kernel refuses to load the program. */
  load: 'LOADER_LOAD',
  /** This process may not load programs. */
  permission: 'LOADER_PERMISSION',
  /** A program cannot be attached. */
  attach: 'LOADER_ATTACH',
  /** There is no such map, or it carries no events. */
  map: 'LOADER_MAP',
  /** The type of the events is not known, or cannot be decoded. */
  type: 'LOADER_TYPE',
  /** The thread that reads the events ended. */
  thread: 'LOADER_THREAD',
} as const;
