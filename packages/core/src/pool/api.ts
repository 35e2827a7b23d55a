// What the pool's entries offer on every platform.
export type { TrimOutcome } from './lanes.js';
export type { PoolOptions, PoolRequest } from './pool.js';
export type { KernelWithModules } from './sources.js';
