// The kernels of one call: what there is to know of each before it is read, and in what order they are done.
import { type Bytes, toBytes } from '../bytes.js';

/** A kernel that a worker can be sent. */
export interface Source {
  /** Bytes of the file; 0 where that is not known. */
  size: number;
  /** Compressed, as far as is known. */
  packed: boolean;
  /** What the worker is sent. */
  send(): { kernel: unknown; modules?: unknown[]; transfer: ArrayBuffer[] };
  /** Tells its content from others; undefined where there is no way to. Never rejects. */
  digest(): Promise<string | undefined>;
}

/** A kernel with its modules' split BTFs, in the order of which was loaded first. See `Trimmer.trim`. */
export interface KernelWithModules<Input> {
  kernel: Input;
  modules: readonly Input[];
}

export function hasModules<Input>(
  input: Input | KernelWithModules<Input>,
): input is KernelWithModules<Input> {
  return typeof input === 'object' && input !== null && 'kernel' in input && 'modules' in input;
}

/** What is equal in the kernels need not be in their modules, so these have no digest. */
export function withModules(kernel: Source, modules: readonly Source[]): Source {
  const send = () => {
    const sent = modules.map((module) => module.send());
    const { kernel: own, transfer } = kernel.send();
    return {
      kernel: own,
      modules: sent.map(({ kernel }) => kernel),
      transfer: [...transfer, ...sent.flatMap(({ transfer }) => transfer)],
    };
  };
  const all = [kernel, ...modules];
  const size = all.reduce((sum, source) => sum + source.size, 0);
  const packed = all.some((source) => source.packed);
  return modules.length === 0 ? kernel : { size, packed, send, digest: async () => undefined };
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
