/**
 * Kernels' BTFs from archives in BTFHub's layout, in a cache: fetched, verified, listed.
 *
 * @module
 */
export * from './cache-only.js';
export {
  DEFAULT_JOBS,
  type FetchEvents,
  type FetchRequest,
  type FetchSummary,
  fetchKernels,
  type ListedSource,
  listSources,
  type Unfetched,
} from './fetch.js';
export {
  type CacheSize,
  cacheSize,
  type Pruned,
  pruneCache,
  type Verified,
  verifyCache,
  writeIndex,
} from './maintain.js';
export { isWanted, type Plan, type Wanted } from './plan.js';
export type { Listing, RemoteFile } from './source.js';
export type { Check } from './verify.js';
export type { Patience } from './web.js';
