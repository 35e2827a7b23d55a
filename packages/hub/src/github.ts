// A repository on GitHub: its tree by one request, then a few files by themselves, or more of them by git.
import { isArchiveFolder, isArchivePath } from '@bpfc/core';
import { BpfcError } from '@bpfc/core/base';
import { HubCode } from './error.js';
import type { GitSource } from './git.js';
import type { PartialFile } from './partial.js';
import type { Listing, RemoteFile, Source } from './source.js';
import { linkedFolder, MOST_LINKS } from './tree.js';
import type { Headers, Web } from './web.js';

/** Raw files are limited, with a token too; above so many git is kinder. */
const MOST_RAW = 50;

/** Where GitHub is. */
export interface GitHubPlaces {
  /** `https://api.github.com` */
  api: string;
  /** `https://raw.githubusercontent.com` */
  raw: string;
  /** `https://github.com` */
  web: string;
  token?: string | undefined;
}

/** `BTFHUB_GITHUB_API`, `BTFHUB_GITHUB_RAW` and `BTFHUB_GITHUB` name another GitHub; `GITHUB_TOKEN` raises its limits. */
export function githubPlaces(env: NodeJS.ProcessEnv = process.env): GitHubPlaces {
  return {
    api: env.BTFHUB_GITHUB_API || 'https://api.github.com',
    raw: env.BTFHUB_GITHUB_RAW || 'https://raw.githubusercontent.com',
    web: env.BTFHUB_GITHUB || 'https://github.com',
    token: env.GITHUB_TOKEN || undefined,
  };
}

/** `owner/name` of what is named so, or by its URL on GitHub. */
export function githubRepository(text: string, { web }: GitHubPlaces): string | undefined {
  const path = text.startsWith(`${web}/`) ? text.slice(web.length + 1) : text;
  const [, name] = /^([A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+?)(\.git)?\/?$/.exec(path) ?? [];
  return name !== undefined && !/\/\.{1,2}$/.test(name) ? name : undefined;
}

interface Tools {
  web: Web;
  /** Where to tell that something is done in another way than the first. */
  say: (text: string) => void;
  git: (url: string, revision?: string) => GitSource;
}

export class GitHubSource implements Source {
  readonly url: string;
  readonly #name: string;
  readonly #places: GitHubPlaces;
  readonly #tools: Tools;
  #commit = '';
  #git: GitSource | undefined;

  constructor(name: string, places: GitHubPlaces, tools: Tools) {
    this.#name = name;
    this.#places = places;
    this.#tools = tools;
    this.url = `${places.web}/${name}`;
  }

  async list(): Promise<Listing> {
    try {
      const listing = await this.#tree();
      if (listing !== undefined) return listing;
      this.#tools.say(`${this.url}: GitHub cuts the listing off; asking git`);
    } catch (error) {
      if (!(error instanceof BpfcError) || error.code !== HubCode.limit) throw error;
      const advice = this.#places.token === undefined ? ' (GITHUB_TOKEN raises the limit)' : '';
      this.#tools.say(`${error.message}${advice}; asking git`);
    }
    this.#git = this.#tools.git(`${this.url}.git`);
    return this.#git.list();
  }

  async *batches(files: readonly RemoteFile[]): AsyncGenerator<readonly RemoteFile[]> {
    if (this.#git === undefined && files.length <= MOST_RAW) {
      yield files;
      return;
    }
    if (this.#git === undefined) {
      this.#git = this.#tools.git(`${this.url}.git`, this.#commit);
      await this.#git.list();
    }
    yield* this.#git.batches(files);
  }

  async read(file: RemoteFile, to: PartialFile): Promise<boolean> {
    if (this.#git !== undefined) return this.#git.read(file, to);
    return this.#tools.web.download(this.#raw(file.path), to, this.#headers());
  }

  async close(): Promise<void> {
    await this.#git?.close();
  }

  /** Undefined where the listing is not whole. */
  async #tree(): Promise<Listing | undefined> {
    const repository = `${this.#places.api}/repos/${this.#name}`;
    const json = { accept: 'application/vnd.github+json', ...this.#headers() };
    const head = await this.#tools.web.page(new URL(`${repository}/commits/HEAD`), {
      ...this.#headers(),
      accept: 'application/vnd.github.sha',
    });
    this.#commit = head.text.trim();
    if (!/^[0-9a-f]{40}$/.test(this.#commit)) throw this.#strange('a commit that is none');
    const page = await this.#tools.web.page(
      new URL(`${repository}/git/trees/${this.#commit}?recursive=1`),
      json,
    );
    const { truncated, tree } = this.#parsed(page.text);
    if (truncated) return undefined;
    const files = new Map<string, RemoteFile>();
    const links: string[] = [];
    for (const entry of tree) {
      const { path, mode, type, sha, size } = entry ?? {};
      if (typeof path !== 'string' || type !== 'blob') continue;
      if (mode === '120000') {
        if (isArchiveFolder(path) && links.length < MOST_LINKS) links.push(path);
      } else if (isArchivePath(path)) {
        if (typeof sha !== 'string' || !Number.isSafeInteger(size)) {
          throw this.#strange('a file without id or size');
        }
        files.set(path, { path, size: Number(size), check: { kind: 'git', blob: sha } });
      }
    }
    const aliases = new Map<string, string>();
    for (const path of links) {
      const { text } = await this.#tools.web.page(this.#raw(path), this.#headers());
      const folder = linkedFolder(path, text);
      if (folder !== undefined) aliases.set(path, folder);
    }
    return { files, aliases, commit: this.#commit };
  }

  #parsed(text: string): { truncated: boolean; tree: (TreeEntry | null)[] } {
    let value: { truncated?: unknown; tree?: unknown } | null;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#strange('no JSON');
    }
    if (!Array.isArray(value?.tree)) throw this.#strange('no tree');
    return { truncated: value.truncated === true, tree: value.tree };
  }

  #strange(what: string): BpfcError {
    return new BpfcError(HubCode.source, `${this.url}: GitHub answers with ${what}`);
  }

  #raw(path: string): URL {
    const name = path.split('/').map(encodeURIComponent).join('/');
    return new URL(`${this.#places.raw}/${this.#name}/${this.#commit}/${name}`);
  }

  #headers(): Headers {
    const { token } = this.#places;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }
}

/** As GitHub documents it. */
interface TreeEntry {
  path?: unknown;
  mode?: unknown;
  type?: unknown;
  sha?: unknown;
  size?: unknown;
}
