// A folder in the archive's layout.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ArchiveIndex, parseIndex } from '@bpfc/core';
import { systemCode } from '@bpfc/core/base';
import { HubCode, io } from './error.js';
import type { PartialFile } from './partial.js';
import { type Listing, oneBatch, type RemoteFile, type Source } from './source.js';
import { archiveFiles } from './tree.js';

/** In a mirror's top folder: what is in it, with hashes. */
export const INDEX = 'index.json';

export class DirectorySource implements Source {
  readonly url: string;
  readonly batches = oneBatch;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
    this.url = pathToFileURL(this.#folder).href;
  }

  async list(): Promise<Listing> {
    return io(HubCode.source, this.#folder, async () => {
      const { files, aliases } = await archiveFiles(this.#folder);
      const index = await this.#index();
      const remote = Array.from(files, ([path, size]): [string, RemoteFile] => {
        const sha256 = index?.files.get(path)?.sha256;
        return [path, { path, size, check: sha256 ? { kind: 'sha256', sha256 } : { kind: 'content' } }];
      });
      return { files: new Map(remote), aliases: new Map([...(index?.aliases ?? []), ...aliases]) };
    });
  }

  async read({ path }: RemoteFile, to: PartialFile): Promise<boolean> {
    const file = join(this.#folder, path);
    await to.restart();
    await io(HubCode.source, file, async () => {
      for await (const chunk of createReadStream(file)) await to.write(chunk);
    });
    return true;
  }

  async close(): Promise<void> {}

  async #index(): Promise<ArchiveIndex | undefined> {
    try {
      return parseIndex(await readFile(join(this.#folder, INDEX), 'utf8'));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}
