// What `--btf-compat` cannot say in BTF for libbpf before 1.0.
import type { Loss, LostPart } from '@bpfc/core';

/** Something that is lost, and where. */
export type LostInPack = LostPart & {
  /** In the pack. */
  kernels: string[];
};

/** `hmm_pfn_flags: without HMM_PFN_VALID = 9223372036854775808, which does not fit 32 bits` */
export function lostText(lost: LostPart): string {
  const type = lost.type === '' ? '(anonymous)' : lost.type;
  switch (lost.change) {
    case 'left_out':
      return `${type}: without ${lost.enumerator} = ${lost.value}, which does not fit 32 bits`;
    case 'extended':
      return `${type}: ${lost.enumerator} = ${lost.value} is right as a 32-bit value only`;
    case 'replaced':
      return `${type}: this ${lost.was} cannot be found, it is an anonymous ${lost.is}`;
  }
}

/** Gathers what kernels lose: once each, with all kernels that lose it. */
export class LostParts {
  readonly #parts = new Map<string, LostInPack>();

  add(path: string, losses: readonly Loss[]): void {
    for (const { id: _, ...part } of losses) {
      const text = lostText(part);
      const known = this.#parts.get(text);
      if (!known) this.#parts.set(text, { ...part, kernels: [path] });
      else if (known.kernels.at(-1) !== path) known.kernels.push(path);
    }
  }

  list(): LostInPack[] {
    return [...this.#parts.values()];
  }
}
