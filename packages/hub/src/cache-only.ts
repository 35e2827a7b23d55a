/**
 * The cache alone, without what fills it: for who only reads it, and starts often.
 *
 * @module
 */
export { Cache, type LockOptions, WritableCache } from './cache.js';
export { HubCode } from './error.js';
export {
  lockOf,
  type Origin,
  originsOf,
  type Provenance,
  provenanceOf,
  requireLocked,
} from './provenance.js';
