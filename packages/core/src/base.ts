/**
 * What other packages of this family stand on, without the core: its error, the system's in words, and loading a
 * WebAssembly module.
 *
 * @module
 */
export { type Bytes, toBytes } from './bytes.js';
export { BpfcError, CoreCode } from './error.js';
export { loadModule, type ModuleSource, type WasmModule } from './load.js';
export { systemCode, systemText } from './system-error.js';
