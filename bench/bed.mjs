// What every row is measured on: the kernels of the archive, packed and raw, a program, and the tools by their paths.

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { endianOfMachine, identityOfPath } from '../packages/core/dist/node.js';
import { capture, root, SetupError } from '../tools/process.mjs';
import { environment } from '../tools/toolbox.mjs';
import { progress } from './progress.mjs';

/** @typedef {import('../packages/core/dist/node.js').Identity} Identity */
/**
 * @typedef {object} Kernel
 * @property {string} path in the archive, without the suffix: `ubuntu/20.04/x86_64/5.4.0-26-generic`
 * @property {Identity} identity
 * @property {string} file its `.btf.tar.xz`
 * @property {string} raw its BTF, unpacked
 * @property {number} size of that, in bytes
 */
/**
 * @typedef {object} Bed
 * @property {number} runs
 * @property {number} cores
 * @property {string} scratch a folder that is removed at the end
 * @property {string} archive
 * @property {string} rawArchive the same with raw BTFs
 * @property {Kernel[]} kernels those of the program's byte order, by path
 * @property {string} object the program
 */

export const FIXTURES = join(root, 'packages', 'fixtures', 'objects', 'bpfel');
export const CLI = join(root, 'packages', 'btf-pack', 'dist', 'cli.js');
export const ORACLE = join(root, 'target', 'oracle', 'native', 'oracle');
export const BPFC = join(root, 'target', 'release', 'bpfc');
export const TIME = join(root, 'target', 'release', 'bpfc-time');

const SUFFIX = '.btf.tar.xz';

/** Debian has bpftool where only root's PATH leads. */
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/**
 * @param {{ runs: number, scratch: string }} options
 * @returns {Bed}
 */
export function makeBed({ runs, scratch }) {
  const archive = resolve(process.env.BPFC_ARCHIVE ?? join(root, '..', 'shared', 'btfhub-archive'));
  if (!existsSync(archive)) {
    throw new SetupError(`no archive of kernels in ${archive}: BPFC_ARCHIVE names one in BTFHub's layout`);
  }
  const rawArchive = join(scratch, 'raw');
  const found = readdirSync(archive, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort()
    .flatMap((path) => {
      const identity = identityOfPath(`${path}${SUFFIX}`);
      const little = identity && endianOfMachine(identity.arch) === 'little';
      return little
        ? [{ path, identity, file: join(archive, `${path}${SUFFIX}`), raw: join(rawArchive, `${path}.btf`) }]
        : [];
    });
  if (found.length === 0) {
    throw new SetupError(`no kernel in ${archive}`);
  }
  const cores = availableParallelism();
  progress('unpacking the archive');
  xargs({ cores, scratch }, unpacking(found, rawArchive));
  const kernels = found.map((kernel) => ({ ...kernel, size: statSync(kernel.raw).size }));
  return { runs, cores, scratch, archive, rawArchive, kernels, object: join(FIXTURES, 'execsnoop.bpf.o') };
}

/**
 * `tar xJf FILE -C FOLDER` for every kernel. The folders are made here, outside of what is timed.
 * @param {Pick<Kernel, 'path' | 'file'>[]} kernels
 * @param {string} folder
 */
export function unpacking(kernels, folder) {
  const each = kernels.map(({ path, file }) => {
    const home = dirname(join(folder, path));
    mkdirSync(home, { recursive: true });
    return [file, '-C', home];
  });
  return { command: ['tar', 'xJf'], each };
}

/**
 * Runs a command once for each group of arguments, as many at a time as there are cores.
 * @param {Pick<Bed, 'cores' | 'scratch'>} bed
 * @param {{ command: string[], each: string[][] }} work groups of one size
 */
export function xargs({ cores, scratch }, { command, each }) {
  const list = join(scratch, 'xargs');
  writeFileSync(list, each.flat().join('\0'));
  const size = String(each[0]?.length ?? 1);
  capture('xargs', ['-0', '-a', list, '-n', size, '-P', String(cores), ...command], { env: environment() });
}

/**
 * The kernel whose raw BTF is nearest to a size in bytes.
 * @param {Bed} bed
 * @param {number} size
 */
export function kernelOfSize({ kernels }, size) {
  return kernels.reduce((best, kernel) =>
    Math.abs(kernel.size - size) < Math.abs(best.size - size) ? kernel : best,
  );
}

/**
 * @param {Pick<Bed, 'object' | 'cores'>} bed
 * @param {string} from
 * @param {string} output
 */
export function packArguments({ object, cores }, from, output) {
  return [CLI, 'pack', object, '--from', from, '-o', output, '--jobs', String(cores), '--json'];
}
