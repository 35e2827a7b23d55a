// What `pack` has to tell, as data: `--json` prints it as it is. Sizes are bytes.
import type { Identity, LoadFailure, Requirement } from '@bpfc/core';
import type { Problem } from './errors.js';
import type { Alias } from './layout.js';
import type { LostInPack } from './lost.js';
import type { Program } from './objects.js';
import type { Output } from './pack-output.js';
import type { LeftOut } from './select.js';
import type { BtfSize } from './sizes.js';

export interface PackSummary {
  output: Output & {
    /** Of the file; of a folder, its files together. */
    bytes: number;
    /** Is there a package.json in it? */
    packageJson: boolean;
  };
  programs: ProgramSummary[];
  /** Where the kernels came from. */
  origin: string;
  kernels: PackedKernel[];
  /** Second names of packed kernels, for readers that join os-release naively. */
  aliases: Alias[];
  /** With `--sizes` and `--json`: the different BTFs, the largest first. */
  sizes?: BtfSize[];
  totals: { kernels: number; differentBtfs: number; bytesIn: number; bytesOut: number };
  /** What `--btf-compat` could not keep, each once with its kernels; empty without it. */
  lost: LostInPack[];
  /** Kernels on which libbpf refuses a program, with the trimmed BTF as with the full one. They are packed. */
  wouldNotLoad: RefusedKernel[];
  /** Entries that could not be read. They are not packed. */
  broken: BrokenEntry[];
  /** Kernels that were found and not wanted. */
  leftOut: LeftOut[];
  warnings: Problem[];
  /** What is to be known of the generated package.json. */
  notes: string[];
  /** Threads. */
  jobs: number;
  milliseconds: number;
}

export interface ProgramSummary {
  file: string;
  sha256: string;
  endian: 'little' | 'big';
  /** The architecture its types prove, or null. */
  arch: string | null;
  /** CO-RE relocations. */
  relocations: number;
  /** Names of the programs of `SEC("?...")`, which libbpf loads only when asked to. */
  optional: string[];
  /** What no pack serves: needs of the running kernel's own BTF, and ids of types in it. */
  requirements: Requirement[];
  notes: string[];
}

export interface PackedKernel {
  /** In the pack. */
  path: string;
  identity: Identity;
  /** The file it was read from. */
  source: string;
  /** Of the raw BTF. */
  bytesIn: number;
  /** Of the trimmed BTF. */
  bytesOut: number;
  /** Types kept. */
  types: number;
  /** Of the trimmed BTF. */
  sha256: string;
  /** Names of the modules whose types are in it. */
  modules: string[];
}

export interface RefusedKernel {
  path: string;
  identity: Identity;
  /** The program's file. */
  program: string;
  failure: LoadFailure;
}

export interface BrokenEntry extends Problem {
  /** The file. */
  source: string;
}

export function programSummary({ file, info }: Program): ProgramSummary {
  const { sha256, endian, arch, relocations, programs, requirements, notes } = info;
  const optional = programs.filter(({ autoload }) => !autoload).map(({ name }) => name);
  return { file, sha256, endian, arch, relocations: relocations.length, optional, requirements, notes };
}
