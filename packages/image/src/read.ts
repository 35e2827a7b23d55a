// From whatever somebody has of a kernel to its BTF and what goes with it.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BpfcError, identityOfPath } from '@bpfc/core';
import { AR_MAGIC, readAt } from './ar.js';
import { bytesOf, openDeb } from './deb.js';
import { ImageCode } from './error.js';
import type { SaidIdentity } from './identity.js';
import { btfIn, type ImageFacts, readImage, readVmlinux } from './kernel.js';
import { readLive } from './live.js';
import { inModule } from './module.js';
import { type Package, type PackageFile, packageFile } from './package-files.js';
import { openRpm, RPM_MAGIC } from './rpm.js';
import type { TarFile } from './tar-files.js';

/** Bytes of an image, a module or a BTF that are read into memory: 512 MiB. */
const MOST = 512 << 20;

/** Bytes of all modules' BTFs together, compressed. Debian's 4,200 have 20 MB. */
const MOST_MODULES = 256 << 20;

/** Bytes of a kernel's config. Debian's have 300 KB. */
const MOST_CONFIG = 4 << 20;

const ELF_MAGIC = '\x7fELF';

/** The input that means the running kernel. */
export const LIVE = 'live';

/** A kernel, found in an input. */
export interface FoundKernel {
  /** Raw, and valid. */
  btf: Uint8Array;
  /** Whether the kernel carries this BTF itself, so that a running one needs no other. */
  native: boolean;
  /** Where the BTF is from: the kernel's image or vmlinux, DWARF by way of pahole, a file of BTF, the running kernel. */
  origin: 'image' | 'dwarf' | 'btf' | 'live';
  /** Which kernel the input says it is. */
  said: SaidIdentity;
  /** The split BTFs of modules by the module's name, each gzipped. They need the kernel's as base. */
  modules: ReadonlyMap<string, Uint8Array>;
  /** The kernel's config. */
  config: Uint8Array | undefined;
}

/**
 * Reads a kernel: raw BTF or `.btf.tar.xz`; vmlinux with BTF or DWARF; vmlinuz, bzImage, `Image`; a `.deb` or RPM of an image
 * or of debug symbols; `live`, the running kernel.
 *
 * Debug symbols go through a file in `scratch`, never through memory.
 *
 * @param scratch - a folder for what is temporary; made if need be, and emptied, but not removed
 * @throws BpfcError `IMAGE_…`, `PACKAGE_…`, `PAHOLE_…`; those of the formats
 *
 * @example
 * const kernel = await readKernel('linux-image-6.1.0-47-amd64_6.1.170-3_amd64.deb', scratch);
 * const identity = identify(kernel.said, undefined);
 */
export async function readKernel(input: string, scratch: string): Promise<FoundKernel> {
  if (input === LIVE) return readLive();
  const start = await startOf(input);
  if (start.startsWith(AR_MAGIC)) return readPackage(await openDeb(input), scratch);
  if (start.startsWith(RPM_MAGIC)) return readPackage(await openRpm(input), scratch);
  if (start.startsWith(ELF_MAGIC)) return found(await readVmlinux(input, scratch));
  return readWhole(input);
}

/** What the kernel's build and its package say of it. */
export function saidBy({ banner, release, machine }: ImageFacts, control?: string): SaidIdentity {
  return inModule(({ distributionOf, machineOfControl }) => {
    const [id, version] = (release && distributionOf(release, banner, control)) || [];
    return { id, version, arch: machine ?? (control && machineOfControl(control)) ?? undefined, release };
  });
}

/** `RELEASE.btf.tar.xz`, as BTFHub's archive has it. Equal input gives equal bytes. */
export function archived(release: string, btf: Uint8Array): Uint8Array {
  return inModule(({ archive }) => archive(release, btf));
}

async function startOf(path: string): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const start = (await readAt(file, 0, AR_MAGIC.length)).toString('latin1');
  const isStreamed = [AR_MAGIC, RPM_MAGIC, ELF_MAGIC].some((magic) => start.startsWith(magic));
  if (size > MOST && !isStreamed) {
    throw new BpfcError(ImageCode.limit, `${path}: ${size} bytes, more than any kernel has`, { value: size });
  }
  return start;
}

async function readWhole(path: string): Promise<FoundKernel> {
  const facts = readImage(await readFile(path));
  const kernel = found(facts);
  // A BTF alone says nothing of its kernel, but its path may.
  return facts.banner ? kernel : { ...kernel, origin: 'btf', said: identityOfPath(path) ?? kernel.said };
}

function found(facts: ImageFacts, control?: string): FoundKernel {
  return {
    btf: btfIn(facts),
    native: facts.native,
    origin: facts.isMade ? 'dwarf' : 'image',
    said: saidBy(facts, control),
    modules: new Map(),
    config: undefined,
  };
}

async function readPackage(from: Package, scratch: string): Promise<FoundKernel> {
  let kernel: { facts: ImageFacts; release: string } | undefined;
  let config: Uint8Array | undefined;
  const modules = new Map<string, Uint8Array>();
  let bytes = 0;
  const visits: Record<PackageFile['kind'], (file: TarFile, is: PackageFile) => Promise<boolean>> = {
    image: async (file, { release }) => {
      if (kernel) throw severalKernels(kernel.release, release);
      kernel = { facts: readImage(await bytesOf(file, MOST)), release };
      return true;
    },
    debug: async (file, { release }) => {
      kernel = { facts: await readDebugSymbols(file, from.md5sums, scratch), release };
      // Behind it are the modules' debug symbols, gigabytes of them; but a file without a sum is right only if the
      // compression's is, at the end.
      return !from.md5sums.has(file.path);
    },
    config: async (file) => {
      config = await bytesOf(file, MOST_CONFIG);
      return true;
    },
    module: async (file, { module }) => {
      const btf = await moduleBtf(file);
      if (btf) modules.set(module, btf);
      bytes += btf?.length ?? 0;
      if (bytes > MOST_MODULES) {
        throw new BpfcError(ImageCode.limit, `the modules have more than ${MOST_MODULES} bytes of BTF`);
      }
      return true;
    },
  };
  await from.each(async (file) => {
    const is = packageFile(file.path);
    return is ? visits[is.kind](file, is) : true;
  });
  if (!kernel) {
    throw new BpfcError(
      ImageCode.packageKernel,
      'the package holds no kernel; give that of the image (linux-image-RELEASE) or of its debug symbols',
    );
  }
  const { facts, release } = kernel;
  const { machine = from.machine } = facts;
  const said = { ...facts, machine, release: facts.release ?? release };
  return { ...found(said, from.control), modules, config };
}

/** By way of a file; checked against the package's MD5, where it has one. */
async function readDebugSymbols(
  file: TarFile,
  md5sums: ReadonlyMap<string, string>,
  scratch: string,
): Promise<ImageFacts> {
  await mkdir(scratch, { recursive: true });
  const vmlinux = join(scratch, 'vmlinux');
  try {
    const hash = createHash('md5');
    {
      await using output = await open(vmlinux, 'w');
      for await (const chunk of file.content) {
        hash.update(chunk);
        await output.write(chunk);
      }
    }
    const expected = md5sums.get(file.path);
    if (expected !== undefined && hash.digest('hex') !== expected) {
      throw new BpfcError(ImageCode.packageCorrupt, `${file.path} is damaged in the package; fetch it again`);
    }
    return await readVmlinux(vmlinux, scratch);
  } finally {
    await rm(vmlinux, { force: true });
  }
}

async function moduleBtf(file: TarFile): Promise<Uint8Array | undefined> {
  const bytes = await bytesOf(file, MOST);
  const btf = inModule(({ moduleBtf }) => moduleBtf(bytes));
  return btf && gzipSync(btf);
}

function severalKernels(first: string, second: string): BpfcError {
  return new BpfcError(
    ImageCode.packageKernel,
    `the package holds several kernels, ${first} and ${second}; unpack it and give one of them`,
  );
}
