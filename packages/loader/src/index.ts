/**
 * The BTF of the running kernel from a pack, and programs loaded with it.
 *
 * @module
 */
export { CoreBtf, ensureCoreBtf } from './core-btf.js';
export type { EventValue } from './decode.js';
export { LoaderCode } from './error.js';
export { type EventRecord, Events, type Lost } from './events.js';
export type { AttachedProgram, EventMap } from './messages.js';
export { type EventOptions, LoadedProgram, type LoadOptions, loadPack } from './program.js';
export { type Explanation, type SelectOptions, type Step, select, type Tried } from './select.js';
export { currentSystem, type System, systemFromParts } from './system.js';
