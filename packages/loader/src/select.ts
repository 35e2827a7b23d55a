// Which BTF a program is loaded with: the rule, in order.
import {
  BpfcError,
  type Bytes,
  type Identity,
  identityOfPath,
  machineOfArch,
  openPack,
  Pack,
  type PackEntry,
  type SelectionStep,
} from '@bpfc/core';
import { LoaderCode } from './error.js';
import { nativePlaces } from './native.js';
import { variable } from './privilege.js';
import { currentSystem, type System, thisKernel } from './system.js';

/** What the caller says of the machine and of the BTF. */
export interface SelectOptions {
  /** Another machine: its kernel is taken to have no BTF of its own. Default: this one. */
  system?: System | undefined;
  /** Take the nearest release of the distribution, flavor and series where there is no other. */
  nearest?: boolean | undefined;
  /** This entry of the pack and no other: `ID/VERSION/ARCH/RELEASE`, or its path. */
  key?: string | undefined;
  /** The path of the BTF to be used, raw or in an ELF file. Default, for this machine: `BTF_FILE_PATH` of the environment. */
  btf?: string | undefined;
}

/** A step of the rule: the path that is named, the kernel's own BTF, the key that is named, and those of a pack. */
export type Step = 'path' | 'native' | 'key' | SelectionStep;

/** What was looked for. */
export interface Tried {
  step: Step;
  /** A path, or `ID/VERSION/ARCH/RELEASE` with `*` for what the step leaves open. */
  key: string;
  /** What was found. Several entries of different content are no answer. */
  hits: number;
}

/** Where a BTF comes from; what does not apply is null. */
export interface Explanation {
  /** The file that is named, the kernel, the pack. */
  source: 'explicit' | 'native' | 'pack' | 'none';
  /** The file of an explicit or native source. */
  path: string | null;
  /** The entry of the pack: `ID/VERSION/ARCH/RELEASE`, or its path where that names no such. */
  key: string | null;
  /** The step that answered. */
  step: Step | null;
  /** Of the entry's content, in hexadecimal. */
  sha256: string | null;
  /** All that was looked for, in order. */
  tried: Tried[];
  /** Why there is none: `PACK_NO_MATCH`. */
  error: { code: string; message: string } | null;
}

/**
 * Where the BTF that a program is loaded with comes from, by the first of these that there is: the file or the entry that is
 * named, and nothing else; the running kernel's own, in the places where libbpf looks; the pack's entry for this machine, by its
 * exact name, by other names of its version, by a distribution that it is like, by the release alone; with `nearest` the nearest
 * release. The pack is not opened where none of it is taken.
 *
 * @throws BpfcError `LOADER_MACHINE`: the entry that is named is another machine's; `LOADER_SYSTEM`; `LOADER_NO_PACK`: it is
 * empty; `PACK_…`, `ARCHIVE_…`: what is no pack
 *
 * @example
 * const { source, key, step } = select(await readFile('execsnoop.tar'));
 */
export function select(pack: Bytes | Pack, options: SelectOptions = {}): Explanation {
  return find(pack, options, ({ explanation }) => explanation);
}

/** What {@link select} finds. */
export interface Found {
  system: System;
  explanation: Explanation;
  /** Where it is in the pack. */
  inside?: { pack: Pack; entry: PackEntry };
}

/** {@link select}, for who goes on with what it finds while the pack is open. */
export function find<T>(pack: Bytes | Pack, options: SelectOptions, goOn: (found: Found) => T): T {
  const here = options.system === undefined;
  const kernel = options.system ?? thisKernel();
  const path = options.btf ?? (here ? variable('BTF_FILE_PATH') : undefined);
  if (path !== undefined) {
    const tried: Tried[] = [{ step: 'path', key: path, hits: 1 }];
    return goOn({ system: kernel, explanation: { ...NONE, source: 'explicit', path, step: 'path', tried } });
  }
  const places = here && options.key === undefined ? nativePlaces(kernel.release) : [];
  const tried = places.map(({ path, found }): Tried => ({ step: 'native', key: path, hits: found ? 1 : 0 }));
  const own = places.find(({ found }) => found);
  if (own) {
    return goOn({
      system: kernel,
      explanation: { ...NONE, source: 'native', path: own.path, step: 'native', tried },
    });
  }
  const system = options.system ?? currentSystem();
  if (pack instanceof Pack) return goOn(inPack(pack, system, options, tried));
  if (pack.byteLength === 0) {
    throw new BpfcError(LoaderCode.noPack, 'the kernel has no BTF, and there is no pack');
  }
  using opened = openPack(pack);
  return goOn(inPack(opened, system, options, tried));
}

const NONE: Explanation = {
  source: 'none',
  path: null,
  key: null,
  step: null,
  sha256: null,
  tried: [],
  error: null,
};

function inPack(pack: Pack, system: System, { key, nearest = false }: SelectOptions, before: Tried[]): Found {
  const { entry, step, tried } =
    key === undefined ? pack.select(system, { nearest }) : byKey(pack, system, key);
  const explanation = { ...NONE, tried: [...before, ...tried] };
  if (!entry) return { system, explanation: { ...explanation, error: noMatch(pack, system, nearest, key) } };
  const found = { source: 'pack', key: keyOf(entry), step, sha256: entry.sha256 } as const;
  return { system, explanation: { ...explanation, ...found }, inside: { pack, entry } };
}

/** @throws BpfcError `LOADER_MACHINE` */
function byKey(pack: Pack, { machine }: System, key: string) {
  const identity = identityOfPath(`${key}.btf`);
  const named = identity && joined(identity);
  const entry = pack.entries().find((entry) => entry.path === key || keyOf(entry) === named) ?? null;
  const of = entry?.identity?.arch ?? machine;
  if (machineOfArch(of) !== machineOfArch(machine)) {
    throw new BpfcError(LoaderCode.machine, `${key} is no kernel of this machine, ${machine}`, {
      value: key,
    });
  }
  const tried: Tried[] = [{ step: 'key', key, hits: entry ? 1 : 0 }];
  return { entry, step: 'key' as const, tried };
}

/** A path is all that some packs have. */
function keyOf({ path, identity }: PackEntry): string {
  return identity ? joined(identity) : path;
}

function joined({ id, version, arch, release }: Identity): string {
  return `${id}/${version}/${arch}/${release}`;
}

/** The text is the core's, unless a key was named. */
function noMatch(
  pack: Pack,
  system: System,
  nearest: boolean,
  key: string | undefined,
): Explanation['error'] {
  if (key !== undefined) return { code: 'PACK_NO_MATCH', message: `the pack has no ${key}` };
  try {
    pack.requireSelected(system, { nearest });
    return null;
  } catch (error) {
    if (!(error instanceof BpfcError)) throw error;
    return { code: error.code, message: error.message };
  }
}
