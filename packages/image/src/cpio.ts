// cpio's new format, in which RPMs have their files (cpio(5), "New ASCII Format").
import { BpfcError } from '@bpfc/core';
import { ImageCode } from './error.js';
import type { GoOn, TarFile } from './tar-files.js';

/** Without and with sums. */
const MAGICS = ['070701', '070702'];

/** Bytes: the magic, and thirteen numbers of eight hexadecimal digits. */
const HEADER = 110;

/** Where in the header these are. */
const MODE = 14;
const FILE_SIZE = 54;
const NAME_SIZE = 94;

/** Bytes of a path. Linux has 4,096. */
const MOST_NAME = 1 << 13;

/** The type of a file in its mode (inode(7)), and that of regular ones. */
const TYPE = 0o170000;
const REGULAR = 0o100000;

/** The entry behind the last. */
const END = 'TRAILER!!!';

/**
 * Shows every regular file to `visit`, one after the other; stops reading when it says so.
 *
 * @throws BpfcError `PACKAGE_CORRUPT`
 */
export async function eachCpioFile(
  chunks: AsyncIterable<Uint8Array>,
  visit: (file: TarFile) => Promise<GoOn>,
): Promise<void> {
  const input = new Input(chunks);
  for (;;) {
    const header = Buffer.from(await input.take(HEADER)).toString('latin1');
    if (!MAGICS.includes(header.slice(0, 6))) throw corrupt('what should be an entry is none');
    const [mode, size, nameSize] = [MODE, FILE_SIZE, NAME_SIZE].map((at) => hex(header.slice(at, at + 8)));
    if (mode === undefined || size === undefined || !nameSize || nameSize > MOST_NAME) {
      throw corrupt('an entry has no size');
    }
    const name = Buffer.from(await input.take(nameSize + padding(HEADER + nameSize)));
    const path = name.toString('utf8', 0, nameSize - 1).replace(/^\.?\//, '');
    if (path === END) {
      await input.drain();
      return;
    }
    const content = input.part(size);
    if ((mode & TYPE) === REGULAR && !(await visit({ path, size, content }))) return;
    // What the visitor left.
    for await (const _ of content);
    await input.take(padding(size));
  }
}

/** To a multiple of four. */
function padding(size: number): number {
  return -size & 3;
}

function hex(digits: string): number | undefined {
  return /^[0-9a-fA-F]{8}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/** Chunks, taken by size. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; few, since they are put together. */
  async take(size: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.part(size)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** Exactly so many bytes, as they come. Read on, it goes on. */
  async *part(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (this.#rest.length === 0) await this.#next();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** Reads to the end, so that checksums there are looked at. */
  async drain(): Promise<void> {
    while (!(await this.#chunks.next()).done);
  }

  async #next(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    if (done) throw corrupt('it is cut off');
    this.#rest = value;
  }
}

function corrupt(why: string): BpfcError {
  return new BpfcError(
    ImageCode.packageCorrupt,
    `the files in the package cannot be read: ${why}; fetch it again`,
  );
}
