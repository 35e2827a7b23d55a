// Which of the kernels that were found are packed, and why the others are not.
import { endianOfMachine, kernelMatches, machineOfArch } from '@bpfc/core';
import type { Target } from './objects.js';
import type { KernelSource, Sources } from './sources.js';

export interface Selection {
  kernels: KernelSource[];
  leftOut: LeftOut[];
}

/** Kernels that were found and not packed, for one reason. */
export interface LeftOut {
  /** A sentence's end: `aarch64, and execsnoop.bpf.o reads the registers of x86_64`. */
  reason: string;
  /** Paths they would have had in a pack of the default layout. */
  kernels: string[];
}

export interface Wish {
  /** Globs over ID/VERSION/ARCH/RELEASE, any of which may match; none: all. */
  globs: readonly string[];
  /** Architectures, by either name; none: what the programs say. */
  archs: readonly string[];
}

export function select(sources: Sources, target: Target, wish: Wish): Selection {
  const leftOut = new LeftOutList();
  const archs = new Set(wish.archs.map((arch) => machineOfArch(arch)));
  const kernels = sources.kernels.filter((kernel) => {
    const reason = reasonAgainst(kernel, target, wish.globs, archs);
    if (reason !== undefined) leftOut.add(reason, kernel.path);
    return reason === undefined;
  });
  for (const { path } of sources.duplicates) leftOut.add('found a second time', path);
  return { kernels, leftOut: leftOut.list() };
}

function reasonAgainst(
  { identity }: KernelSource,
  { endian, proven }: Target,
  globs: readonly string[],
  archs: ReadonlySet<string>,
): string | undefined {
  const { arch } = identity;
  if (globs.length > 0 && !globs.some((glob) => kernelMatches(glob, identity))) {
    return 'not matched by --kernels';
  }
  if (archs.size > 0 && !archs.has(arch)) return `${arch}, not asked for by --arch`;
  // A machine without a known byte order is decided by its BTF.
  const kernelEndian = endianOfMachine(arch);
  if (kernelEndian !== undefined && kernelEndian !== endian) return otherByteOrder(arch, endian);
  if (archs.size === 0 && proven && proven.arch !== arch) {
    return `${arch}, and ${proven.by} reads the registers of ${proven.arch}`;
  }
  return undefined;
}

export function otherByteOrder(arch: string, programs: Target['endian']): string {
  return `${arch}, and the program is ${programs}-endian`;
}

/** Kernels gathered by reason, reasons in the order they came up. */
export class LeftOutList {
  readonly #byReason = new Map<string, string[]>();

  constructor(given: readonly LeftOut[] = []) {
    for (const { reason, kernels } of given) this.#byReason.set(reason, [...kernels]);
  }

  add(reason: string, kernel: string): void {
    const kernels = this.#byReason.get(reason);
    if (kernels) kernels.push(kernel);
    else this.#byReason.set(reason, [kernel]);
  }

  list(): LeftOut[] {
    return [...this.#byReason].map(([reason, kernels]) => ({ reason, kernels }));
  }
}
