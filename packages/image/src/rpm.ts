// RPMs: a lead, two headers, then files in a compressed cpio (rpm.org, "RPM V4 Package format").
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BpfcError } from '@bpfc/core';
import { readAt } from './ar.js';
import { eachCpioFile } from './cpio.js';
import { decompressed } from './decompress.js';
import { ImageCode } from './error.js';
import type { Package } from './package-files.js';

export const RPM_MAGIC = '\xed\xab\xee\xdb';

const LEAD = 96;

/** Magic, version, four bytes that are not used, number of entries, bytes of their data. */
const HEADER = 16;
const HEADER_MAGIC = '\x8e\xad\xe8\x01';

/** Of one entry: tag, type, offset, count. */
const ENTRY = 16;

/** The package's architecture, as `uname -m` prints it. */
const ARCH = 1022;

/** Bytes of a header: kernels' have a megabyte, of the names of their files. */
const MOST_HEADER = 64 << 20;

/** @throws BpfcError `PACKAGE_CORRUPT`; those of the compressions */
export async function openRpm(path: string): Promise<Package> {
  await using file = await open(path);
  const signature = await header(file, LEAD);
  // What follows the signature starts at a multiple of eight.
  const { end, machine } = await header(file, (signature.end + 7) & ~7);
  return {
    machine,
    // Its files have other sums; the compression's tells as well, at the end.
    md5sums: new Map(),
    each: (visit) =>
      eachCpioFile(decompressed(createReadStream(path, { start: end, highWaterMark: 1 << 18 })), visit),
  };
}

/** Where the header at `at` ends, and the machine that it says. */
async function header(file: FileHandle, at: number) {
  const start = await readAt(file, at, HEADER);
  if (start.length < HEADER || start.toString('latin1', 0, 4) !== HEADER_MAGIC) throw corrupt(at);
  const [entries, data] = [start.readUInt32BE(8) * ENTRY, start.readUInt32BE(12)];
  if (entries + data > MOST_HEADER) throw corrupt(at);
  const body = await readAt(file, at + HEADER, entries + data);
  if (body.length < entries + data) throw corrupt(at);
  return { end: at + HEADER + entries + data, machine: text(body, entries, ARCH) };
}

/** The text of the first entry with this tag. */
function text(body: Buffer, entries: number, tag: number): string | undefined {
  for (let at = 0; at < entries; at += ENTRY) {
    if (body.readUInt32BE(at) !== tag) continue;
    const start = entries + body.readUInt32BE(at + 8);
    const end = body.indexOf(0, start);
    return end < start ? undefined : body.toString('latin1', start, end);
  }
  return undefined;
}

function corrupt(at: number): BpfcError {
  return new BpfcError(
    ImageCode.packageCorrupt,
    `the package is damaged or cut off (at byte ${at}); fetch it again`,
    { at },
  );
}
