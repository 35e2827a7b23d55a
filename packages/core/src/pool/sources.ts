// The kernels of one call: what there is to know of each before it is read, and in what order they are done.
import { type Bytes, toBytes } from '../bytes.js';

/** A kernel that a worker can be sent. */
export interface Source {
  /** Bytes of the file; 0 where that is not known. */
  size: number;
  /** Compressed, as far as is known. */
  packed: boolean;
  /** What the worker is sent. */
  send(): { kernel: unknown; transfer: ArrayBuffer[] };
  /** Tells its content from others; undefined where there is no way to. Never rejects. */
  digest(): Promise<string | undefined>;
}

/** A kernel and its place in the order in which they were given. */
export interface Kernel extends Source {
  index: number;
  /** Another one has as many bytes, and may be the same. */
  sharesSize: boolean;
}

/** Bytes of a kernel's BTF, packed or raw, from which on it counts as large: usual ones have 1 MB and 5 MB. */
const LARGE_PACKED = 2 << 20;
const LARGE_RAW = 16 << 20;

/**
 * Sorts kernels into those of which memory is to hold one at a time, and the usual ones. Of both the largest come
 * first, so that at the end no worker is left with a long one.
 */
export function inOrder(sources: readonly Source[]): { large: Kernel[]; usual: Kernel[] } {
  const sharing = new Map<number, number>();
  for (const { size } of sources) sharing.set(size, (sharing.get(size) ?? 0) + 1);
  const kernels = sources.map((source, index) => {
    return { ...source, index, sharesSize: source.size > 0 && (sharing.get(source.size) ?? 0) > 1 };
  });
  kernels.sort((a, b) => b.size - a.size);
  const large = kernels.filter(isLarge);
  return { large, usual: kernels.filter((kernel) => !isLarge(kernel)) };
}

function isLarge({ size, packed }: Source): boolean {
  return size > (packed ? LARGE_PACKED : LARGE_RAW);
}

/** Whether a file of this name is compressed. */
export function isPackedName(name: string): boolean {
  return /\.(xz|t?gz)$/.test(name);
}

/**
 * Bytes at hand. They stay the caller's: a worker gets a copy, made when its turn comes.
 *
 * @throws BpfcError `ARG_TYPE`
 */
export function sourceOfBytes(
  input: Bytes,
  digest: (bytes: Uint8Array) => Promise<string | undefined>,
): Source {
  const bytes = toBytes(input);
  const send = () => {
    const copy = bytes.slice().buffer as ArrayBuffer;
    return { kernel: copy, transfer: [copy] };
  };
  return { size: bytes.byteLength, packed: isXz(bytes) || isGzip(bytes), send, digest: () => digest(bytes) };
}

function isXz([first, second]: Uint8Array): boolean {
  return first === 0xfd && second === 0x37;
}

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}
