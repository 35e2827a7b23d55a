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
  /** Whether there is DWARF. */
  dwarf: boolean;
  /** The line that the kernel says first. */
  banner: string | undefined;
  /** As `uname -r` prints it. */
  release: string | undefined;
  /** As `uname -m` prints it. */
  machine: string | undefined;
}

/** A kernel in any form but that of ELF files, which may be too large for memory: {@link readVmlinux}. */
export function readImage(image: Uint8Array): ImageFacts {
  return inModule(({ Kernel }) => facts(Kernel.read(image)));
}

/**
 * An ELF file, of which only the parts that tell are read. Where it has types in DWARF only, pahole makes BTF of them.
 *
 * @param scratch - a folder for what is temporary; made if need be
 */
export async function readVmlinux(path: string, scratch: string): Promise<ImageFacts> {
  const file = openSync(path, 'r');
  try {
    const read = (offset: number, bytes: number) => {
      const buffer = new Uint8Array(bytes);
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, offset));
    };
    const { size } = fstatSync(file);
    const said = inModule(({ Kernel }) => facts(Kernel.readElf(size, read)));
    if (said.btf || !said.dwarf) return said;
    await mkdir(scratch, { recursive: true });
    return { ...said, btf: await btfOfDwarf(path, join(scratch, 'vmlinux.btf')) };
  } finally {
    closeSync(file);
  }
}

/** The BTF, or the reason why there is none. */
export function btfIn({ btf, dwarf, release }: ImageFacts): Uint8Array {
  if (btf) return btf;
  const name = release ? `the kernel ${release}` : 'the kernel';
  throw new BpfcError(
    ImageCode.noTypes,
    `${name} has neither BTF nor debug symbols${dwarf ? ' that could be read' : ''}; give the package of its debug symbols (-dbg, .ddeb, kernel-debuginfo) or the vmlinux in it`,
  );
}

function facts(kernel: Kernel): ImageFacts {
  try {
    const { native, dwarf, banner, release, machine } = kernel;
    return { btf: kernel.takeBtf(), native, dwarf, banner, release, machine };
  } finally {
    kernel.free();
  }
}
