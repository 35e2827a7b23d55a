// A web server with an archive's tree: by its index, or by the pages on which it lists its folders.
import { isArchivePath, parseIndex } from '@bpfc/core';
import { BpfcError } from '@bpfc/core/base';
import { INDEX } from './directory.js';
import { HubCode } from './error.js';
import { inLanes } from './lanes.js';
import type { PartialFile } from './partial.js';
import { type Listing, oneBatch, type RemoteFile, type Source } from './source.js';
import { type Page, shown, type Web } from './web.js';

/** Folders deep a file is: `ID/VERSION/ARCH`. */
const DEPTH = 3;

/** Pages of folders; BTFHub has a hundred. */
const MOST_FOLDERS = 10_000;

/** Pages that are asked for at a time. */
const AT_A_TIME = 4;

export class MirrorSource implements Source {
  readonly url: string;
  readonly batches = oneBatch;
  readonly #base: URL;
  readonly #web: Web;

  constructor(base: URL, web: Web) {
    this.#base = new URL(base);
    if (!this.#base.pathname.endsWith('/')) this.#base.pathname += '/';
    this.url = shown(this.#base);
    this.#web = web;
  }

  async list(): Promise<Listing> {
    return (await this.indexed()) ?? (await this.#crawl());
  }

  /** What the mirror's index says; undefined where it has none. */
  async indexed(): Promise<Listing | undefined> {
    const page = await this.#web.pageIfAny(new URL(INDEX, this.#base));
    // Some servers answer with a page of theirs to whatever they do not have.
    if (page === undefined || /^\s*</.test(page.text)) return undefined;
    const { files, aliases } = this.#parsed(page);
    const remote = Array.from(files, ([path, { size, sha256 }]): [string, RemoteFile] => [
      path,
      { path, size, check: { kind: 'sha256', sha256 } },
    ]);
    return { files: new Map(remote), aliases };
  }

  async read({ path }: RemoteFile, to: PartialFile, known?: string): Promise<boolean> {
    return this.#web.download(this.#at(path), to, {}, known);
  }

  async close(): Promise<void> {}

  #parsed(page: Page) {
    try {
      return parseIndex(page.text);
    } catch (error) {
      if (!(error instanceof BpfcError)) throw error;
      throw new BpfcError(error.code, `${this.url}${INDEX}: ${error.message}`, { cause: error });
    }
  }

  async #crawl(): Promise<Listing> {
    const files = new Map<string, RemoteFile>();
    let folders = [''];
    for (let depth = 0; depth <= DEPTH; depth++) {
      const found = await inLanes(folders, AT_A_TIME, (folder) => this.#listed(folder));
      const paths = found.flat();
      for (const path of paths.filter(isArchivePath)) files.set(path, { path, check: { kind: 'content' } });
      folders = paths.filter((path) => path.endsWith('/'));
      if (folders.length > MOST_FOLDERS) {
        throw new BpfcError(HubCode.source, `${this.url}: lists more than ${MOST_FOLDERS} folders`);
      }
    }
    return { files, aliases: new Map() };
  }

  /** What a page links to right below its folder; folders end in `/`. */
  async #listed(folder: string): Promise<string[]> {
    const at = this.#at(folder);
    const page = folder === '' ? await this.#web.page(at) : await this.#web.pageIfAny(at);
    const names = (page === undefined ? [] : linksOf(page.text)).flatMap((link) => nameBelow(link, at) ?? []);
    return [...new Set(names)].map((name) => `${folder}${name}`);
  }

  #at(path: string): URL {
    // A + becomes %2B: some servers take it for a space.
    return new URL(path.split('/').map(encodeURIComponent).join('/'), this.#base);
  }
}

/** The targets of a page's links. The texts beside them may be cut off. */
function linksOf(html: string): string[] {
  const links = html.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi);
  return Array.from(links, ([, double, single]) => (double ?? single ?? '').replaceAll('&amp;', '&'));
}

/** The name, of a folder with its `/`, that a link on the page of `folder` leads to; undefined where it leads elsewhere. */
function nameBelow(link: string, folder: URL): string | undefined {
  if (!URL.canParse(link, folder.href)) return undefined;
  const { origin, pathname } = new URL(link, folder);
  if (origin !== folder.origin || !pathname.startsWith(folder.pathname)) return undefined;
  try {
    // A + in a path is a +.
    const name = decodeURIComponent(pathname.slice(folder.pathname.length));
    return /^[^./][^/]*\/?$/.test(name) ? name : undefined;
  } catch {
    // %-sequences that are none.
    return undefined;
  }
}
