import { BpfcError, CoreCode } from './error.js';

/** Binary input. Node's `Buffer` is a `Uint8Array`. */
export type Bytes = Uint8Array | ArrayBuffer;

/**
 * Asked by tag and not by `instanceof`, which fails for bytes made in another realm (a frame, a test runner's context).
 *
 * @throws BpfcError `ARG_TYPE` for anything else, as callers without types may pass
 */
export function toBytes(input: Bytes): Uint8Array {
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (Object.prototype.toString.call(input) === '[object ArrayBuffer]') return new Uint8Array(input);
  throw new BpfcError(CoreCode.argument, `expected a Uint8Array or an ArrayBuffer, got ${typeName(input)}`);
}

function typeName(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'object';
}
