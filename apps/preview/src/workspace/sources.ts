// Which kernels and programs the open files hold.
import type { Identity, ObjectInfo } from '@bpfc/core/slim';
import { computed } from '@preact/signals';
import { PROGRAM, type Source } from '../engine/source.js';
import { btfs, files, type OpenFile, objects, packs } from './files.js';

/** The BTF of a kernel. */
export interface Kernel {
  /** In links: the same whenever the same files are open, as long as no two of them are of one kernel. */
  key: string;
  /** For people. */
  label: string;
  source: Source;
  /** Null where neither path nor name say. */
  identity: Identity | null;
  /** Equal for equal bytes. */
  content: string;
  /** Bytes: of a file as it is, in a pack of the trimmed BTF. */
  size: number;
  /** The pack it is in, where all it has is what a program needs. */
  pack: OpenFile | null;
}

/** A program: an object, or what a pack holds. */
export interface Program {
  key: string;
  label: string;
  source: Source;
  info: ObjectInfo;
  /** The pack it came in. */
  pack: OpenFile | null;
}

/** `ubuntu/20.04/x86_64/5.4.0-26-generic`, as bpfc writes it everywhere. */
export function identityText({ id, version, arch, release }: Identity): string {
  return `${id}/${version}/${arch}/${release}`;
}

/** Kernels whose whole BTF is open, then those of packs; each in the order of distributions, versions, machines, releases. */
export const kernels = computed((): readonly Kernel[] => [
  ...withOwnKeys(btfs.value.map(kernelOfFile).sort(byIdentity)),
  ...packs.value.flatMap((pack) => kernelsOfPack(pack)),
]);

export const programs = computed((): readonly Program[] => [
  ...packs.value.flatMap((pack) => {
    const info = pack.told.program;
    const source = { file: pack.number, path: PROGRAM };
    return info ? [{ key: pack.name, label: `the program in ${pack.name}`, source, info, pack }] : [];
  }),
  ...objects.value.map((file) => {
    const source = { file: file.number, path: null };
    return { key: file.name, label: file.name, source, info: file.told.object, pack: null };
  }),
]);

/** The kernels of one pack, as a reader finds them: each path once; without those whose BTF is broken, unless `groups` has them. */
export function kernelsOfPack(
  pack: (typeof packs.value)[number],
  groups = pack.told.groups.filter(({ error }) => error === null),
): Kernel[] {
  const kernels = groups
    .flatMap(({ sha256, size, paths }) =>
      paths.map((path) => {
        const identity = pack.identities.get(path) ?? null;
        const label = identity ? identityText(identity) : path;
        const source = { file: pack.number, path };
        return { key: `${pack.name}:${label}`, label, source, identity, content: sha256, size, pack };
      }),
    )
    .sort(byIdentity);
  return withOwnKeys(kernels);
}

/** Of several that are of one kernel the first keeps the key; the others go by their paths. */
function withOwnKeys(kernels: readonly Kernel[]): Kernel[] {
  const taken = new Set<string>();
  return kernels.map((kernel) => {
    const { key, source, pack } = kernel;
    const own = taken.has(key) ? `${pack ? `${pack.name}:` : ''}${pathOf(source)}` : key;
    taken.add(own);
    return own === key ? kernel : { ...kernel, key: own };
  });
}

function pathOf({ file, path }: Source): string | undefined {
  return path ?? files.value.find(({ number }) => number === file)?.name;
}

function kernelOfFile(file: (typeof btfs.value)[number]): Kernel {
  const identity = file.identities.get(file.name) ?? null;
  const label = identity ? identityText(identity) : file.name;
  const source = { file: file.number, path: null };
  const { sha256, size } = file.told;
  return { key: label, label, source, identity, content: sha256, size, pack: null };
}

const collator = new Intl.Collator('en', { numeric: true });

/** Releases as people count them: 5.4.0-9 before 5.4.0-26. */
function byIdentity(a: Kernel, b: Kernel): number {
  const texts = ({ identity, label }: Kernel) =>
    identity ? [identity.id, identity.version, identity.arch, identity.release] : ['', '', '', label];
  const [left, right] = [texts(a), texts(b)];
  return left.map((text, at) => collator.compare(text, right[at] ?? '')).find((order) => order !== 0) ?? 0;
}
