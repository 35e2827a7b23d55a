// Which kernels are packed, for pages that make packs of what they were given.
import { type Bytes, toBytes } from './bytes.js';
import type { Identity } from './identity.js';
import { enter, instance } from './instance.js';

/** Which of some files are packed. */
export interface KernelChoice {
  /** By path, which is where each goes in a pack of the default layout. */
  kernels: { file: string; identity: Identity; path: string }[];
  /** The others, by reason. */
  leftOut: { reason: string; kernels: string[] }[];
  /** Files that do not say which kernel they are of, packed under a name made up from theirs. */
  warnings: { code: string; message: string }[];
}

/**
 * Which of these files `btf-pack pack` would pack for these objects. Nothing is read but the objects: whether a kernel's
 * byte order is another shows when it is trimmed (`RELO_ENDIAN`), and such a kernel is left out as well.
 *
 * @param objects - each with the name that reasons call it by
 * @param files - paths as `identityOfPath` takes them; of two for one kernel the first counts
 * @param options.kernels - globs over `ID/VERSION/ARCH/RELEASE`, any of which may match; none: all
 * @param options.archs - architectures by either name; none: what the objects' own types prove
 * @param options.machine - of files that do not say theirs, where the objects prove none
 * @throws BpfcError `OBJECT_MIX`: no machine runs all objects; what is no object
 *
 * @example
 * const { kernels } = chooseKernels([{ name: 'execsnoop.bpf.o', bytes }], files.map(({ name }) => name));
 * const entries = kernels.map(({ file, path }) => ({ path, bytes: trimmer.trim(contents.get(file)).btf }));
 * const pack = createPack({ package: object.packageJson('execsnoop.bpf.o').json, entries, container: 'tar' });
 */
export function chooseKernels(
  objects: Iterable<{ name: string; bytes: Bytes }>,
  files: readonly string[],
  options: { kernels?: readonly string[]; archs?: readonly string[]; machine?: string } = {},
): KernelChoice {
  const given = Array.from(objects, ({ name, bytes }) => [name, toBytes(bytes)] as const);
  const { kernels = [], archs = [], machine = '' } = options;
  return enter(instance(), (glue) => {
    const programs = new glue.Programs();
    try {
      for (const [name, bytes] of given) programs.add(name, bytes);
      return JSON.parse(programs.choose([...files], [...kernels], [...archs], machine));
    } finally {
      programs.free();
    }
  });
}
