// Whether the environment may be believed.
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** getauxval(3): this process has more rights than who started it. */
const AT_SECURE = 23n;

/** Node's names of 32-bit architectures on Linux. */
const ARCHS_OF_32_BITS = ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'];

/**
 * A variable of the environment as secure_getenv(3) reads it: undefined in a process that has more rights than who started
 * it. An empty one is not set.
 */
export function variable(name: string): string | undefined {
  const value = process.env[name];
  return value && !isPrivileged() ? value : undefined;
}

/** Where the kernel does not let a process see its own auxiliary vector, it is one to be careful with. */
function isPrivileged(): boolean {
  try {
    return hasAtSecure(readFileSync('/proc/self/auxv'), ARCHS_OF_32_BITS.includes(process.arch) ? 4 : 8);
  } catch {
    return true;
  }
}

/**
 * Reads an auxiliary vector, pairs of words, in this machine's byte order. One that does not say is no permission.
 *
 * @param wordSize - bytes
 */
export function hasAtSecure(vector: Buffer, wordSize: 4 | 8): boolean {
  const little = endianness() === 'LE';
  const word = (at: number): bigint => {
    if (wordSize === 4) return BigInt(little ? vector.readUInt32LE(at) : vector.readUInt32BE(at));
    return little ? vector.readBigUInt64LE(at) : vector.readBigUInt64BE(at);
  };
  for (let at = 0; at + 2 * wordSize <= vector.length; at += 2 * wordSize) {
    if (word(at) === AT_SECURE) return word(at + wordSize) !== 0n;
  }
  return true;
}
