// What is in a pack, as the view shows it: kernels, and the BTFs that they share.
import type { BtfGroup } from '@bpfc/core/slim';
import type { Kernel } from '../../workspace/sources.js';

/** One of the different BTFs of a pack. */
export interface PackBtf {
  /** `BTF 1` is the one that most kernels share; the same as long as the pack is. */
  name: string;
  /** From 1. */
  number: number;
  group: BtfGroup;
  kernels: PackKernel[];
}

/** An entry of a pack that is, or should be, a BTF. */
export interface PackKernel extends Kernel {
  /** In the pack. */
  path: string;
  /** In links: its label, or its path where another entry has that label. */
  address: string;
  btf: PackBtf;
}

export interface Contents {
  /** In the order of distributions, versions, machines, releases. */
  kernels: readonly PackKernel[];
  /** Those that most kernels share come first. */
  btfs: readonly PackBtf[];
}

/** @param kernels - those of the groups, in order */
export function contentsOf(kernels: readonly Kernel[], groups: readonly BtfGroup[]): Contents {
  const btfs = groups.map((group, position): PackBtf => {
    const number = position + 1;
    return { name: `BTF ${number}`, number, group, kernels: [] };
  });
  const ofContent = new Map(btfs.map((btf) => [btf.group.sha256, btf]));
  const addresses = new Set<string>();
  const found = kernels.flatMap((kernel): PackKernel[] => {
    const btf = ofContent.get(kernel.content);
    const { path } = kernel.source;
    if (!btf || path === null) return [];
    const address = addresses.has(kernel.label) ? path : kernel.label;
    addresses.add(address);
    const told = { ...kernel, path, address, btf };
    btf.kernels.push(told);
    return [told];
  });
  return { kernels: found, btfs };
}

/** Kernels of one distribution, version and machine. */
export interface Series {
  /** `ubuntu/20.04/x86_64` */
  name: string;
  kernels: PackKernel[];
}

/** Those with most kernels first. What has no identity is a series of its own. */
export function seriesOf(kernels: readonly PackKernel[]): Series[] {
  const series = new Map<string, Series>();
  for (const kernel of kernels) {
    const { identity } = kernel;
    const name = identity ? `${identity.id}/${identity.version}/${identity.arch}` : 'other paths';
    const known = series.get(name);
    if (known) known.kernels.push(kernel);
    else series.set(name, { name, kernels: [kernel] });
  }
  return [...series.values()].sort((a, b) => b.kernels.length - a.kernels.length);
}

/** Bytes of the kernels' BTFs as they are unpacked, equal ones counted again. */
export function bytesOf(kernels: readonly Kernel[]): number {
  return kernels.reduce((sum, { size }) => sum + size, 0);
}
