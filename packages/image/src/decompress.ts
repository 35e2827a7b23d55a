// Streams of bytes, decompressed by what they start with.
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BpfcError } from '@bpfc/core';
import { ImageCode } from './error.js';
import { inInstance, ownInstance } from './module.js';

/** Bytes that tell every format. */
const START = 6;

/** What `chunks` hold: gzip, xz and zstd decompressed, anything else as it is. */
export async function* decompressed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { start, all } = await peek(chunks);
  if (start[0] === 0x1f && start[1] === 0x8b) {
    yield* gunzip(all);
    return;
  }
  // Of its own: it holds a window, and lives as long as the stream.
  const glue = ownInstance();
  const stream = inInstance(glue, ({ Stream }) => Stream.of(start));
  if (!stream) {
    yield* all;
    return;
  }
  for await (const chunk of all) {
    inInstance(glue, () => stream.push(chunk));
    for (let piece = pull(); piece; piece = pull()) yield piece;
  }
  yield inInstance(glue, () => stream.finish());

  function pull(): Uint8Array | undefined {
    return inInstance(glue, () => stream?.pull());
  }
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    // What fails ends the reading below.
    yield* pipeline(Readable.from(chunks), createGunzip(), () => {});
  } catch (error) {
    if (error instanceof BpfcError) throw error;
    throw new BpfcError(
      ImageCode.packageCorrupt,
      `the gzip data cannot be read: ${String(error)}; fetch the file again`,
      {
        cause: error,
      },
    );
  }
}

/** The first bytes, and all of them. */
async function peek(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let start = new Uint8Array();
  while (start.length < START) {
    const { value, done } = await iterator.next();
    if (done) break;
    read.push(value);
    start = Uint8Array.from([...start, ...value.subarray(0, START)]);
  }
  return { start, all: all() };

  async function* all(): AsyncGenerator<Uint8Array> {
    yield* read;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
}
