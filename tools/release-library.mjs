// The library for C as a release: for each machine a .tar.gz of lib/ and include/, to be unpacked in a prefix.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { machine as thisMachine, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutFolders } from './cargo.mjs';
import { capture, root, SetupError } from './process.mjs';
import { environment } from './toolbox.mjs';

export const LIBRARY_CRATE = 'bpfc-capi';

export const libraries = ['x86_64', 'aarch64'].map((machine) => ({
  machine,
  target: `${machine}-unknown-linux-gnu`,
  tools: machine === thisMachine() ? '' : `${machine}-linux-gnu-`,
  file: `libbpf_compatible-${machine}-linux-gnu.tar.gz`,
}));

/** @typedef {(typeof libraries)[number]} Library */

/**
 * Compiles and installs it into a folder, and packs that into `file`: same bytes from the same sources.
 * @param {Library} library
 * @param {string} file
 */
export function buildLibrary({ target, tools }, file) {
  inFolder((folder) => {
    const [config, flags] = withoutFolders(target);
    const variables = [`TARGET=${target}`, `CROSS_COMPILE=${tools}`, `DESTDIR=${folder}`, 'PREFIX='];
    const make = ['-C', join('crates', 'capi'), 'install', ...variables, `CARGOFLAGS=${config} '${flags}'`];
    capture('make', make, { env: environment() });
    const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mode=go=u-w'];
    const tar = ['--sort=name', '--mtime=@0', '--format=ustar', ...owner];
    const archive = join(folder, 'library.tar');
    capture('tar', [...tar, '-cf', archive, '-C', folder, 'include', 'lib']);
    capture('gzip', ['-9n', archive]);
    copyFileSync(`${archive}.gz`, file);
  });
}

/**
 * Compiles a program with what was packed, links it both ways, and lets it choose from a pack; what it says.
 * @param {Library} library
 * @param {string} file
 * @param {string} pack with a kernel for every machine: `any/1/MACHINE/1.0`
 */
export function tryLibrary({ machine, tools }, file, pack) {
  return inFolder((folder) => {
    capture('tar', ['-xzf', file, '-C', folder]);
    const source = join(root, 'crates', 'capi', 'test', 'ensure.c');
    // libbpf's headers are the same on all machines.
    const include = [`-I${join(folder, 'include')}`, '-idirafter', '/usr/include'];
    const lib = join(folder, 'lib');
    const ways = [
      ['-static', source, join(lib, 'libbpf_compatible.a')],
      [source, `-L${lib}`, '-lbpf_compatible', `-Wl,-rpath,${lib}`],
    ];
    const said = ways.map((way) => {
      const program = join(folder, 'ensure');
      capture(`${tools}gcc`, ['-std=gnu11', '-o', program, ...include, ...way]);
      const emulator = tools === '' ? [] : [`qemu-${machine}-static`, '-L', `/usr/${machine}-linux-gnu`];
      const [command = '', ...args] = [
        ...emulator,
        program,
        pack,
        machine,
        '1.0',
        'ID=any\nVERSION_ID=1',
        '0',
      ];
      return capture(command, args).split('\n')[0];
    });
    if (said[0] !== said[1] || !said[0]?.includes(`"key":"any/1/${machine}/1.0"`)) {
      throw new SetupError(`${file} does not find its kernel: ${said.join(' / ')}`);
    }
    return said[0];
  });
}

/**
 * @template T
 * @param {(folder: string) => T} work
 */
function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'bpfc-release-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
