// ar, in which Debian's packages are: a magic, then members behind headers of 60 bytes (deb(5), ar(5)).
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BpfcError } from '@bpfc/core';
import { ImageCode } from './error.js';

export const AR_MAGIC = '!<arch>\n';

const HEADER = 60;

/** More than any package has. */
const MOST_MEMBERS = 64;

/** One member of an archive. */
export interface ArMember {
  name: string;
  /** In bytes, of the archive and of the member. */
  offset: number;
  size: number;
}

/** The members of the archive `path`. */
export async function arMembers(path: string): Promise<ArMember[]> {
  await using file = await open(path);
  const { size: end } = await file.stat();
  const members: ArMember[] = [];
  for (let at = AR_MAGIC.length; at < end; ) {
    const member = parse(await readAt(file, at, HEADER), at);
    if (!member || member.offset + member.size > end || members.length === MOST_MEMBERS) throw corrupt(at);
    members.push(member);
    at = member.offset + member.size + (member.size % 2);
  }
  return members;
}

/** The content of a member. */
export function arContent(path: string, { offset, size }: ArMember): AsyncIterable<Uint8Array> {
  if (size === 0) return (async function* () {})();
  return createReadStream(path, { start: offset, end: offset + size - 1, highWaterMark: 1 << 18 });
}

/** Name (16 bytes, `/` at its end in some), size (10 digits from byte 48), and two bytes that end a header. */
function parse(header: Buffer, at: number): ArMember | undefined {
  const text = header.toString('latin1');
  const size = /^([0-9]+) *$/.exec(text.slice(48, 58))?.[1];
  if (text.length < HEADER || !text.endsWith('`\n') || size === undefined) return undefined;
  return { name: text.slice(0, 16).trim().replace(/\/$/, ''), offset: at + HEADER, size: Number(size) };
}

function corrupt(at: number): BpfcError {
  return new BpfcError(
    ImageCode.packageCorrupt,
    `the package is damaged or cut off (at byte ${at}); fetch it again`,
    { at },
  );
}

/** As many bytes from `at` on as there are. */
export async function readAt(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
  return buffer.subarray(0, bytesRead);
}
