// Which BTF a program is loaded with: the rule, in order.
import {
  BpfcError,
  type Bytes,
  endianOfMachine,
  machineOfArch,
  openPack,
  Pack,
  type PackEntry,
  parseBtf,
  pointerSizeOfMachine,
  type SelectionStep,
  sha256,
} from '@bpfc/core';
import { LoaderCode } from './error.js';
import { readBtf } from './files.js';
import { nativePlaces } from './native.js';
import { variable } from './privilege.js';
import { currentSystem, type System } from './system.js';

/** What the caller says of the machine and of the BTF. */
export interface SelectOptions {
  /** Another machine: its kernel is taken to have no BTF of its own. Default: this one. */
  system?: System | undefined;
  /** Take the nearest release of the distribution, flavor and series where there is no other. */
  nearest?: boolean | undefined;
  /** This entry and no other: `ID/VERSION/ARCH/RELEASE`. */
  key?: string | undefined;
  /** The path of a BTF to be used, raw or in an ELF file. Default: `BTF_FILE_PATH` of the environment. */
  btf?: string | undefined;
}

/** One thing that was looked for. */
export interface Tried {
  step: 'explicit' | 'native' | SelectionStep;
  /** The path of a BTF, or `ID/VERSION/ARCH/RELEASE`. */
  key: string;
  /** How many there are. */
  hits: number;
}

/** Which BTF it is, and why. */
export interface Explanation {
  /** Who gave it: the caller or the environment, the kernel, the pack; null where there is none. */
  source: 'explicit' | 'native' | 'pack' | null;
  /** Of a BTF outside the pack. */
  path: string | null;
  /** Of a BTF in the pack: `ID/VERSION/ARCH/RELEASE`. */
  key: string | null;
  /** The step of the rule that found it in the pack. */
  step: SelectionStep | null;
  /** Of its content, in hexadecimal; null for the kernel's own. */
  sha256: string | null;
  /** All that was looked for, in order. */
  tried: Tried[];
}

/**
 * Which BTF a program is loaded with, by the first of these that there is: the one that the caller names, or `BTF_FILE_PATH`;
 * the running kernel's own, in the places where libbpf looks; the pack's entry for this machine, by its exact name, by other
 * names of its version, by a distribution that it is like, by the release alone; with `nearest` the nearest release. With the
 * first two the pack is not opened.
 *
 * @throws BpfcError `LOADER_MACHINE`: the BTF that was named is of another kind of machine; `PACK_NO_MATCH`: the pack has no
 * such `key`; `LOADER_SYSTEM`, `LOADER_FILE`; `PACK_…`, `ARCHIVE_…`, `BTF_…`: what is damaged
 *
 * @example
 * const { source, key, step } = select(await readFile('execsnoop.tar'));
 */
export function select(pack: Bytes | Pack, options: SelectOptions = {}): Explanation {
  return find(pack, options, ({ explanation }) => explanation);
}

/** What {@link select} found. */
export interface Found {
  system: System;
  explanation: Explanation;
  /** In the pack. */
  entry?: PackEntry;
}

/** {@link select}, with what it found; `then` gets the pack too, unless it was not opened. */
export function find<T>(
  pack: Bytes | Pack,
  options: SelectOptions,
  then: (found: Found, pack?: Pack) => T,
): T {
  const system = options.system ?? currentSystem();
  const tried: Tried[] = [];
  if (options.key === undefined) {
    const here = options.system === undefined;
    const path = options.btf ?? (here ? variable('BTF_FILE_PATH') : undefined);
    if (path !== undefined) return then({ system, explanation: named(path, system) });
    const places = here ? nativePlaces(system.release) : [];
    tried.push(
      ...places.map(({ path, found }): Tried => ({ step: 'native', key: path, hits: found ? 1 : 0 })),
    );
    const own = places.find(({ found }) => found);
    if (own) return then({ system, explanation: { ...NONE, source: 'native', path: own.path, tried } });
  }
  using opened = pack instanceof Pack ? undefined : openPack(pack);
  const inside = opened ?? (pack as Pack);
  return then({ system, ...inPack(inside, system, options, tried) }, inside);
}

const NONE: Explanation = { source: null, path: null, key: null, step: null, sha256: null, tried: [] };

/** A file that the caller names. */
function named(path: string, system: System): Explanation {
  const bytes = readBtf(path);
  refuseOtherMachine(path, bytes, system);
  const tried: Tried[] = [{ step: 'explicit', key: path, hits: 1 }];
  return { ...NONE, source: 'explicit', path, sha256: sha256(bytes), tried };
}

function inPack(
  pack: Pack,
  system: System,
  { key: wanted, nearest = false }: SelectOptions,
  tried: Tried[],
): Omit<Found, 'system'> {
  const explained = (entry: PackEntry, source: 'explicit' | 'pack', step: SelectionStep | null) => ({
    explanation: { ...NONE, source, key: keyOf(entry), step, sha256: entry.sha256, tried },
    entry,
  });
  if (wanted !== undefined) {
    const entry = pack.entries().find((entry) => keyOf(entry) === wanted);
    if (!entry) throw new BpfcError('PACK_NO_MATCH', `the pack has no ${wanted}`, { value: wanted });
    tried.push({ step: 'explicit', key: wanted, hits: 1 });
    return explained(entry, 'explicit', null);
  }
  const { entry, step, tried: inside } = pack.select(system, { nearest });
  tried.push(...inside);
  return entry ? explained(entry, 'pack', step) : { explanation: { ...NONE, tried } };
}

/** A name is all that some packs have. */
function keyOf({ path, identity }: PackEntry): string {
  return identity ? `${identity.id}/${identity.version}/${identity.arch}/${identity.release}` : path;
}

/**
 * Refuses a BTF by which a program would read wrong bytes.
 *
 * @throws BpfcError `LOADER_MACHINE`; `BTF_…`: it is damaged
 */
export function refuseOtherMachine(name: string, bytes: Uint8Array, { machine }: System): void {
  using btf = parseBtf(bytes);
  const { endian, pointerSize } = btf.info();
  const width = pointerSize === null ? undefined : pointerSizeOfMachine(machine);
  if (endian !== (endianOfMachine(machine) ?? endian)) refuse(`${name} is ${endian}-endian`, machine);
  if (pointerSize !== (width ?? pointerSize)) refuse(`${name} has pointers of ${pointerSize} bytes`, machine);
}

/** Refuses an entry of another architecture, whose BTF need not tell. */
export function refuseOtherArch({ identity }: PackEntry, { machine }: System): void {
  if (!identity || machineOfArch(identity.arch) === machineOfArch(machine)) return;
  refuse(`${identity.release} is of ${identity.arch}`, machine);
}

function refuse(what: string, machine: string): never {
  throw new BpfcError(LoaderCode.machine, `${what}, and this machine is ${machine}`, { value: machine });
}
