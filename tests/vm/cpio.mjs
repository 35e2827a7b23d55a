// An initial RAM file system: the cpio format "newc", as the kernel's initramfs buffer format
// (Documentation/driver-api/early-userspace/buffer-format.rst) describes it.

import { posix } from 'node:path';

const DIRECTORY = 0o040755;
const EXECUTABLE = 0o100755;

/** The archive of these files, each executable by everyone, with the folders they are in. @param {Map<string, Buffer>} files */
export function archiveOf(files) {
  const folders = new Set([...files.keys()].flatMap(foldersOf));
  const entries = [
    ...[...folders].sort().map((name) => entry(name, DIRECTORY, Buffer.of())),
    ...[...files].map(([name, bytes]) => entry(name, EXECUTABLE, bytes)),
    entry('TRAILER!!!', 0, Buffer.of()),
  ];
  return Buffer.concat(entries);
}

/** The folders above a file, outermost first or not: the caller sorts. @param {string} name @returns {string[]} */
function foldersOf(name) {
  const folder = posix.dirname(name);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

/**
 * Magic and 13 numbers of 8 hexadecimal digits, the name, the content; name and content end at a multiple of 4.
 * @param {string} name
 * @param {number} mode
 * @param {Buffer} bytes
 */
function entry(name, mode, bytes) {
  const [inode, owner, group, links, time] = [0, 0, 0, 1, 0];
  const device = [0, 0, 0, 0];
  const checksum = 0;
  const numbers = [
    inode,
    mode,
    owner,
    group,
    links,
    time,
    bytes.length,
    ...device,
    name.length + 1,
    checksum,
  ];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.from(`${header}${name}\0`)), padded(bytes)]);
}

/** @param {Buffer} bytes */
function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
