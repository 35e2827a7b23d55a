// A kernel in a file or in memory: its BTF, and what it says of itself.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BpfcError } from '@bpfc/core';
import type { Kernel } from '../wasm/image.js';
import { ImageCode } from './error.js';
import { inModule } from './module.js';
import { btfOfDwarf } from './pahole.js';

/** What a kernel's image says. */
export interface ImageFacts {
  /** Raw; undefined where there is none. */
  btf: Uint8Array | undefined;
  /** Whether the kernel carries this BTF itself, and a running one shows it. */
  native: boolean;
  /** Whether the BTF is made of DWARF. */
  isMade: boolean;
  /** The line that the kernel says first. */
  banner: string | undefined;
  /** As `uname -r` prints it. */
  release: string | undefined;
  /** As `uname -m` prints it. */
  machine: string | undefined;
}

/** A kernel in any form but that of ELF files, which may be too large for memory: {@link readVmlinux}. */
export function readImage(image: Uint8Array): ImageFacts {
  return inModule(({ Kernel }) => facts(Kernel.read(image))).said;
}

/**
 * An ELF file, of which only the parts that tell are read. Where it has types in DWARF only, pahole makes BTF of them.
 *
 * @param scratch - a folder for what is temporary; made if need be
 */
export async function readVmlinux(path: string, scratch: string): Promise<ImageFacts> {
  const { said, dwarf } = readElf(path);
  if (said.btf || !dwarf) return said;
  await mkdir(scratch, { recursive: true });
  return { ...said, btf: await btfOfDwarf(path, join(scratch, 'vmlinux.btf')), isMade: true };
}

function readElf(path: string) {
  const file = openSync(path, 'r');
  try {
    const read = (offset: number, bytes: number) => {
      const buffer = new Uint8Array(bytes);
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, offset));
    };
    const { size } = fstatSync(file);
    return inModule(({ Kernel }) => facts(Kernel.readElf(size, read)));
  } finally {
    closeSync(file);
  }
}

/** The BTF, or the reason why there is none. */
export function btfIn({ btf, release }: ImageFacts): Uint8Array {
  if (btf) return btf;
  const name = release ? `the kernel ${release}` : 'the kernel';
  throw new BpfcError(
    ImageCode.noTypes,
    `${name} has neither BTF nor debug symbols; give the package of its debug symbols (-dbg, .ddeb, kernel-debuginfo) or the vmlinux in it`,
  );
}

function facts(kernel: Kernel): { said: ImageFacts; dwarf: boolean } {
  try {
    const { native, dwarf, banner, release, machine } = kernel;
    return { said: { btf: kernel.takeBtf(), native, isMade: false, banner, release, machine }, dwarf };
  } finally {
    kernel.free();
  }
}
