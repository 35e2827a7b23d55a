// What every entry offers.
export { BpfcError } from '@bpfc/core/base';
export { WasiCode } from './error.js';
export type { ModuleSources } from './modules.js';
export { type RunOptions, type RunResult, run } from './run.js';
