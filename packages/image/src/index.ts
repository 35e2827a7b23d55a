/**
 * From a kernel image, its package or its debug symbols to its BTF, and to which kernel that is.
 *
 * @module
 */
export { ImageCode } from './error.js';
export { identify, type SaidIdentity } from './identity.js';
export { archived, type FoundKernel, LIVE, readKernel } from './read.js';
