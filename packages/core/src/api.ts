// What every entry offers.
export { Btf, type DumpFormat, parseBtf, type TypeSize } from './btf.js';
export type * from './btf-types.js';
export type { Bytes } from './bytes.js';
export {
  type ArchiveIndex,
  type Catalog,
  type CatalogFile,
  catalogText,
  type IndexFile,
  indexText,
  isArchiveFolder,
  isArchivePath,
  type LockedKernel,
  type ProjectLock,
  parseCatalog,
  parseIndex,
  parseProjectLock,
  projectLockText,
} from './catalog.js';
export {
  type DiffNames,
  diff,
  type MemberDifference,
  type MemberVersion,
  type TypeDifference,
  type TypeVersion,
} from './diff.js';
export { BpfcError, CoreCode } from './error.js';
export { Handle } from './handle.js';
export {
  aliasOf,
  endianOfMachine,
  type Identity,
  identityOfPath,
  kernelMatches,
  type Layout,
  machineOfArch,
  packPath,
  pointerSizeOfMachine,
  sha256,
  systemIdentity,
  version,
} from './identity.js';
export {
  Against,
  type BtfGroup,
  type InspectedBtf,
  type InspectedObject,
  type InspectedPack,
  type Inspection,
  type Instead,
  inspect,
  type RelocationOverKernels,
  type RelocationsOverKernels,
} from './inspect.js';
export { dropInstance, memoryBytes } from './instance.js';
export type { ModuleSource, WasmModule } from './load.js';
export {
  type BpfMap,
  BpfObject,
  type BpfProgram,
  type CoreRelocation,
  type CoreRelocationKind,
  type ObjectInfo,
  type PackageJson,
  parseObject,
  type Requirement,
  type RequirementKind,
  type SourceLine,
} from './object.js';
export {
  cHeader,
  createPack,
  type Fleet,
  linkableObject,
  openPack,
  Pack,
  type PackEntry,
  type PackInput,
  programOfPackage,
  type Selection,
  type SelectionStep,
  type SystemNames,
} from './pack.js';
export {
  type Relocated,
  type RelocatedProgram,
  type RelocateOptions,
  type RelocationOutcome,
  type RelocationVerdict,
  relocate,
} from './relocate.js';
export {
  type LoadFailure,
  type Loss,
  type LostPart,
  type ObjectReport,
  type Trimmed,
  Trimmer,
  type TrimmerOptions,
  type TrimReport,
  trim,
} from './trim.js';
export type * from './type-views.js';
