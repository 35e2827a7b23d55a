// The codes of this package, and how errors of the module become a `BpfcError`.

/** The codes that this package itself throws, beside those of the formats. */
export const ImageCode = {
  /** A file is larger than any kernel. */
  limit: 'IMAGE_LIMIT',
  /** The package is damaged, or its parts contradict each other. */
  packageCorrupt: 'PACKAGE_CORRUPT',
  /** The package holds no kernel, or several. */
  packageKernel: 'PACKAGE_KERNEL',
  /** The kernel has neither BTF nor DWARF. */
  noTypes: 'IMAGE_NO_TYPES',
  /** pahole, which makes BTF of DWARF, is not installed. */
  paholeMissing: 'PAHOLE_MISSING',
  /** pahole is too old. */
  paholeOld: 'PAHOLE_OLD',
  /** pahole failed. */
  paholeFailed: 'PAHOLE_FAILED',
  /** The input does not say which kernel it is. */
  identityUnknown: 'IDENTITY_UNKNOWN',
  /** The input says that it is another kernel. */
  identityMismatch: 'IDENTITY_MISMATCH',
} as const;
