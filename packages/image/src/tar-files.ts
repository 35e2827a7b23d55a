// The files of a tar that comes in pieces.
import { once } from 'node:events';
import { BpfcError } from '@bpfc/core';
import { Parser, type ReadEntry } from 'tar';
import { ImageCode } from './error.js';

/** One regular file. Its content is read once, or not at all. */
export interface TarFile {
  /** Without `./` in front. */
  path: string;
  /** In bytes. */
  size: number;
  content: AsyncIterable<Uint8Array>;
}

/** Whether the rest of the tar is wanted. */
export type GoOn = boolean;

/**
 * Shows every regular file of a tar to `visit`, one after the other; stops reading when it says so.
 *
 * @throws BpfcError `PACKAGE_CORRUPT`
 */
export async function eachTarFile(
  chunks: AsyncIterable<Uint8Array>,
  visit: (file: TarFile) => Promise<GoOn>,
): Promise<void> {
  let visits: Promise<unknown> = Promise.resolve();
  let goOn = true;
  let failure: unknown;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry: ReadEntry) => {
      visits = visits
        .then(() => visitEntry(entry))
        .catch((error) => {
          failure ??= error;
          entry.resume();
        });
    },
  });
  let wake = () => {};
  parser.on('drain', () => wake());
  parser.on('error', (error) => {
    failure ??= corrupt(error);
    wake();
  });
  const ended = once(parser, 'end').catch(() => {});
  for await (const chunk of chunks) {
    if (failure || !goOn) break;
    if (!parser.write(Buffer.from(chunk))) await taken();
  }
  if (goOn && !failure) {
    parser.end();
    await ended;
  }
  await visits;
  if (failure) throw failure;

  /** The parser waits for whoever reads a file, and who does so for nothing more. */
  function taken(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
      void visits.then(() => resolve());
    });
  }

  async function visitEntry(entry: ReadEntry): Promise<void> {
    if (goOn && !failure && entry.type === 'File') {
      const path = entry.path.replace(/^\.\//, '');
      goOn = await visit({ path, size: entry.size, content: entry });
    }
    entry.resume();
  }
}

function corrupt(cause: unknown): BpfcError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BpfcError(
    ImageCode.packageCorrupt,
    `the tar in the package cannot be read: ${why}; fetch it again`,
    {
      cause,
    },
  );
}
