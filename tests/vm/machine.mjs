// The virtual machine: boots Debian's kernel for s390x with some files and runs commands in it.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { busybox, kernel } from '../../tools/debian.mjs';
import { archiveOf } from './cpio.mjs';

/** Seconds after which the machine is stopped, whatever it does. */
export const LIMIT = 180;

/** @typedef {{ output: string, status: number }} Result what a command printed, both streams, and its exit status */

/**
 * Runs commands in the machine, one after the other.
 * @param {Map<string, Buffer>} files further files by their path, without the slash at its front
 * @param {Record<string, string>} commands one line of shell each, by name
 * @returns {Promise<Record<string, Result>>}
 * @throws {Error} with what the console said, where a command did not come to its end
 */
export async function runInMachine(files, commands) {
  const here = (/** @type {string} */ name) => readFile(new URL(name, import.meta.url));
  const names = Object.keys(commands);
  const all = new Map([
    ['bin/busybox', await readFile(busybox)],
    ['init', await here('init.sh')],
    ['bin/trace', await here('trace.sh')],
    ['bin/witness', Buffer.from('#!/bin/busybox true\n')],
    ['etc/os-release', Buffer.from('ID=debian\nVERSION_ID="12"\n')],
    ['commands', Buffer.from([...Object.values(commands), ''].join('\n'))],
    ...files,
  ]);
  const console = await boot(gzipSync(archiveOf(all), { level: 1 }));
  return Object.fromEntries(names.map((name, at) => [name, resultOf(console, at + 1, name)]));
}

/**
 * Starts the machine and returns all that its console said once it is off.
 * @param {Buffer} initramfs
 */
async function boot(initramfs) {
  const scratch = await mkdtemp(join(tmpdir(), 'bpfc-vm-'));
  try {
    await writeFile(join(scratch, 'initramfs'), initramfs);
    const machine = ['-M', 's390-ccw-virtio', '-m', '1G', '-nographic', '-no-reboot'];
    const image = ['-kernel', kernel, '-initrd', join(scratch, 'initramfs')];
    const append = ['-append', 'console=ttysclp0 panic=-1 quiet'];
    // `timeout` goes on when whoever started it is killed: no machine stays.
    const limit = ['--foreground', '--signal=KILL', String(LIMIT), 'qemu-system-s390x'];
    const child = spawn('timeout', [...limit, ...machine, ...image, ...append], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
    }
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    return said.replaceAll('\r', '');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} console
 * @param {number} number of the command, from 1
 * @param {string} name
 * @returns {Result}
 */
function resultOf(console, number, name) {
  const lines = new RegExp(`^@@ begin ${number}\\n([^]*?)^@@ end ${number} (\\d+)$`, 'm');
  const [, output, status] = lines.exec(console) ?? [];
  if (output === undefined) {
    throw new Error(`'${name}' did not end in the virtual machine, whose console said:\n${console}`);
  }
  return { output, status: Number(status) };
}
