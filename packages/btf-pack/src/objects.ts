// The programs that kernels are trimmed for.
import { readFile } from 'node:fs/promises';
import { Programs } from '@bpfc/core/command';
import { CliCode, io } from './errors.js';

/**
 * Reads the programs.
 *
 * @param json - an ecc package.json, whose object counts as a program
 * @throws BpfcError what is no object, with its name; CliError `IO_READ`
 */
export async function readPrograms(files: readonly string[], json?: string): Promise<Programs> {
  const programs = new Programs();
  if (json !== undefined) programs.addPackage(json, await read(json));
  for (const file of files) programs.add(file, await read(file));
  return programs;
}

function read(file: string): Promise<Uint8Array> {
  return io(CliCode.read, file, () => readFile(file));
}
