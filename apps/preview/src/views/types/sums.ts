// What a layout adds up to, as pahole says it below a struct: fprintf.c of dwarves.
import type { TypeLayout } from '@bpfc/core/slim';

/** Bytes and counts; of the type's own members, not of those inside them. */
export interface Sums {
  size: number;
  cacheLines: number;
  members: number;
  /** Of all members but bitfields. */
  sumMembers: number;
  holes: number;
  sumHoles: number;
  /** Bits of bitfields. */
  sumBitfields: number;
  bitHoles: number;
  /** Bits. */
  sumBitHoles: number;
  padding: number;
  /** Bits. */
  bitPadding: number;
  /** Bytes of the last cache line that it takes; 0 where it takes all. */
  lastCacheLine: number;
}

export function sumsOf({ size, parts }: TypeLayout, cacheLine: number): Sums {
  const own = parts.filter(({ depth }) => depth === 0);
  const of = (what: 'member' | 'hole' | 'padding', bitfield: boolean) => {
    const found = own.filter((part) => part.what === what && part.bitfield === bitfield);
    return { count: found.length, bits: found.reduce((sum, { bitSize }) => sum + bitSize, 0) };
  };
  const [members, bitfields] = [of('member', false), of('member', true)];
  const [holes, bitHoles] = [of('hole', false), of('hole', true)];
  return {
    size,
    cacheLines: Math.ceil(size / cacheLine),
    members: members.count + bitfields.count,
    sumMembers: members.bits / 8,
    holes: holes.count,
    sumHoles: holes.bits / 8,
    sumBitfields: bitfields.bits,
    bitHoles: bitHoles.count,
    sumBitHoles: bitHoles.bits,
    padding: of('padding', false).bits / 8,
    bitPadding: of('padding', true).bits,
    lastCacheLine: size % cacheLine,
  };
}
