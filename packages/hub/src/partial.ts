// A file in flight.
import { type FileHandle, open, rm } from 'node:fs/promises';
import { BpfcError } from '@bpfc/core/base';
import { HubCode, io } from './error.js';

/** Bytes. The core unpacks no more, and what is packed is smaller. */
const MOST = 256 << 20;

/** Takes the bytes of a file in order, and knows how many there are on disk, so that a broken transfer can go on. */
export class PartialFile {
  readonly path: string;
  /** Bytes written. */
  offset = 0;
  /** Names the version that the bytes are of, where the server gave one. */
  etag: string | undefined;
  readonly #file: FileHandle;
  readonly #most: number;
  readonly #onBytes: (bytes: number) => void;

  private constructor(path: string, file: FileHandle, most: number, onBytes: (bytes: number) => void) {
    this.path = path;
    this.#file = file;
    this.#most = most;
    this.#onBytes = onBytes;
  }

  /**
   * @param size - where it is known; more is refused
   * @param onBytes - told what is written, and, as a negative number, what is given up
   */
  static async create(
    path: string,
    size: number | undefined,
    onBytes: (bytes: number) => void,
  ): Promise<PartialFile> {
    const file = await io(HubCode.write, path, () => open(path, 'w'));
    return new PartialFile(path, file, Math.min(size ?? MOST, MOST), onBytes);
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.offset + chunk.length > this.#most) {
      throw new BpfcError(HubCode.mismatch, `it has more than ${this.#most} bytes`);
    }
    await io(HubCode.write, this.path, async () => {
      for (let written = 0; written < chunk.length; ) {
        written += (await this.#file.write(chunk, written, chunk.length - written, this.offset + written))
          .bytesWritten;
      }
    });
    this.offset += chunk.length;
    this.#onBytes(chunk.length);
  }

  /** Begins from the first byte again. */
  async restart(): Promise<void> {
    await io(HubCode.write, this.path, () => this.#file.truncate(0));
    this.#onBytes(-this.offset);
    this.offset = 0;
    this.etag = undefined;
  }

  async close(): Promise<void> {
    await io(HubCode.write, this.path, () => this.#file.close());
  }

  /** Closes and removes it. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.path, { force: true });
  }
}
