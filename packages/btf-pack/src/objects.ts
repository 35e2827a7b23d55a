// The programs that kernels are trimmed for, and the package.json that goes into the pack.
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import {
  endianOfMachine,
  type ObjectInfo,
  type PackageJson,
  parseObject,
  programOfPackage,
} from '@bpfc/core';
import { runningMachine } from './environment.js';
import { CliCode, CliError, inFile, io } from './errors.js';

/** One compiled eBPF object. */
export interface Program {
  /** Where it was read from; for one inside a package.json, that file. */
  file: string;
  bytes: Uint8Array;
  info: ObjectInfo;
}

export interface Programs {
  /** At least one. */
  programs: Program[];
  /** What to put into the pack as package.json. */
  packageJson: Uint8Array | undefined;
  /** What a user should know of the generated one. */
  notes: string[];
}

/** What all the programs together ask of a machine. */
export interface Target {
  endian: ObjectInfo['endian'];
  /** The architecture that a program's own types prove, and which program that is. */
  proven: { arch: string; by: string } | undefined;
}

export interface PackageWish {
  /** An ecc package.json, whose object counts as a program. */
  json?: string | undefined;
  /** Which of several files the generated package.json is for. */
  main?: string | undefined;
  /** Generate a package.json where none is given: for `main`, or for the only file. */
  generatePackage?: boolean;
}

/** Reads and checks the programs. */
export async function readPrograms(
  files: readonly string[],
  { json, main, generatePackage = true }: PackageWish = {},
): Promise<Programs> {
  const programs: Program[] = [];
  let packageJson: Uint8Array | undefined;
  if (json !== undefined) {
    packageJson = await io(CliCode.read, json, () => readFile(json));
    programs.push(program(json, programIn(json, packageJson)));
  }
  for (const file of files) {
    const read = program(file, await io(CliCode.read, file, () => readFile(file)));
    // The same object given as a file and inside package.json is one program.
    if (!programs.some(({ info }) => info.sha256 === read.info.sha256)) programs.push(read);
  }
  const described = generatePackage && packageJson === undefined ? mainFile(files, main) : undefined;
  if (described === undefined) return { programs, packageJson, notes: [] };
  const generated = await generate(described);
  return { programs, packageJson: new TextEncoder().encode(generated.json), notes: generated.notes };
}

/**
 * The machine the programs are for.
 *
 * @throws CliError `OBJECT_MIX` when no machine runs them all
 */
export function targetOf(programs: readonly Program[]): Target {
  const [first] = programs;
  if (!first) throw new CliError(CliCode.usage, 'no program is given');
  const other = programs.find(({ info }) => info.endian !== first.info.endian);
  if (other) throw mixed(first, `${first.info.endian}-endian`, other, `${other.info.endian}-endian`);

  const showing = programs.filter(({ info }) => info.arch !== null);
  const [shown] = showing;
  if (!shown?.info.arch) return { endian: first.info.endian, proven: undefined };
  const { arch } = shown.info;
  const differing = showing.find(({ info }) => info.arch !== arch);
  if (differing) throw mixed(shown, `for ${arch}`, differing, `for ${differing.info.arch}`);
  return { endian: first.info.endian, proven: { arch, by: shown.file } };
}

/** The architecture of a kernel of which nothing is known: the programs', else this machine's if it can be. */
export function assumedArch({ endian, proven }: Target): string {
  if (proven) return proven.arch;
  const here = runningMachine();
  return endianOfMachine(here) === endian ? here : 'unknown';
}

/** `execsnoop` for `path/to/execsnoop.bpf.o`. */
export function programName(file: string): string {
  return basename(file).replace(/(\.bpf)?\.(o|json)$/, '');
}

function program(file: string, bytes: Uint8Array): Program {
  return inFile(file, () => {
    using object = parseObject(bytes);
    return { file, bytes, info: object.info() };
  });
}

function programIn(json: string, content: Uint8Array): Uint8Array {
  return inFile(json, () => programOfPackage(content));
}

function mainFile(files: readonly string[], main: string | undefined): string | undefined {
  if (main === undefined) return files.length === 1 ? files[0] : undefined;
  if (files.some((file) => resolve(file) === resolve(main))) return main;
  throw new CliError(CliCode.usage, `--main ${main}: not one of the programs given (${files.join(', ')})`);
}

async function generate(file: string): Promise<PackageJson> {
  const bytes = await io(CliCode.read, file, () => readFile(file));
  return inFile(file, () => {
    using object = parseObject(bytes);
    return object.packageJson(basename(file));
  });
}

function mixed(a: Program, aIs: string, b: Program, bIs: string): CliError {
  return new CliError(
    CliCode.objectMix,
    `${a.file} is ${aIs} and ${b.file} is ${bIs}: no kernel runs both; make a pack for each`,
  );
}
