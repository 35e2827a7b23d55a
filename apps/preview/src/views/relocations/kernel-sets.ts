// What a program can be held against.
import { packs } from '../../workspace/files.js';
import { type Kernel, kernels, type Program } from '../../workspace/sources.js';

/** Kernels that came together. */
export interface KernelSet {
  /** In links. */
  key: string;
  label: string;
  kernels: readonly Kernel[];
  /** Has what this program asks for: whole BTFs have all, a pack what its own program needs. */
  own: boolean;
}

export function kernelSetsOf(program: Program): KernelSet[] {
  const whole = kernels.value.filter(({ pack }) => pack === null);
  return [
    ...(whole.length > 0 ? [{ key: 'whole', label: 'whole BTFs', kernels: whole, own: true }] : []),
    ...packs.value.map((pack) => ({
      key: `pack:${pack.name}`,
      label: pack.name,
      kernels: kernels.value.filter((kernel) => kernel.pack === pack),
      own: pack.told.program?.sha256 === program.info.sha256,
    })),
  ];
}
