// A repository behind any URL that the system's git knows, without its blobs but those that are wanted.
import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { isArchiveFolder, isArchivePath } from '@bpfc/core';
import { BpfcError } from '@bpfc/core/base';
import { HubCode, io } from './error.js';
import type { PartialFile } from './partial.js';
import type { Listing, RemoteFile, Source } from './source.js';
import { linkedFolder, MOST_LINKS } from './tree.js';
import { shown } from './web.js';

/** Files that are fetched by one request: what a killed run loses. */
const BATCH = 500;

/** Milliseconds without a word from git, which tells its progress, until it counts as stuck. */
const STUCK = 120_000;

/** Bytes of a symbolic link. */
const MOST_LINK = 4096;

/** Set where git runs a hook; they would send every command to that repository. */
const HOOK_VARIABLES = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY'];

/** The one reference of a clone. */
const HEAD = 'refs/heads/fetched';

/** An entry of a tree: mode, type and object id, then the path. */
const ENTRY = /^(?<mode>[0-7]{6}) blob (?<blob>[0-9a-f]{40})\t(?<path>.*)$/s;

export interface GitSettings {
  /** Default: `HEAD`. */
  revision?: string | undefined;
  /** Milliseconds of silence. Default: two minutes. */
  stuck?: number | undefined;
}

export class GitSource implements Source {
  readonly url: string;
  readonly #remote: string;
  readonly #clone: string;
  readonly #revision: string;
  readonly #stuck: number;

  /**
   * @param clone - a folder that is made, and removed again by `close`
   * @param revision - what is fetched
   */
  constructor(remote: string, clone: string, { revision = 'HEAD', stuck = STUCK }: GitSettings = {}) {
    this.#remote = remote;
    this.#revision = revision;
    this.url = URL.canParse(remote) ? shown(new URL(remote)) : remote;
    this.#clone = clone;
    this.#stuck = stuck;
  }

  async list(): Promise<Listing> {
    await io(HubCode.write, this.#clone, () => mkdir(this.#clone, { recursive: true }));
    await this.#git(['init', '--quiet', '--bare', '.']);
    await this.#git(['remote', 'add', '--', 'origin', this.#remote]);
    await this.#git([
      'fetch',
      '--progress',
      '--depth=1',
      '--filter=blob:none',
      '--no-tags',
      'origin',
      `+${this.#revision}:${HEAD}`,
    ]);
    const commit = (await this.#git(['rev-parse', HEAD])).trim();
    const entries = (await this.#git(['ls-tree', '-r', '-z', '--full-tree', commit])).split('\0');
    const files = new Map<string, RemoteFile>();
    const links = new Map<string, string>();
    for (const entry of entries) {
      const { mode = '', blob = '', path = '' } = ENTRY.exec(entry)?.groups ?? {};
      if (mode === '120000' && isArchiveFolder(path) && links.size < MOST_LINKS) links.set(path, blob);
      else if (mode.startsWith('100') && isArchivePath(path))
        files.set(path, { path, check: { kind: 'git', blob } });
    }
    return { files, aliases: await this.#aliases(links), commit };
  }

  async *batches(files: readonly RemoteFile[]): AsyncGenerator<readonly RemoteFile[]> {
    for (let from = 0; from < files.length; from += BATCH) {
      const batch = files.slice(from, from + BATCH);
      await this.#fetch(batch.map(blobOf));
      yield batch;
    }
  }

  async read(file: RemoteFile, to: PartialFile): Promise<boolean> {
    await to.restart();
    await this.#git(['cat-file', 'blob', blobOf(file)], { onOutput: (chunk) => to.write(chunk) });
    return true;
  }

  async close(): Promise<void> {
    await rm(this.#clone, { recursive: true, force: true, maxRetries: 3 });
  }

  async #aliases(links: ReadonlyMap<string, string>): Promise<Map<string, string>> {
    await this.#fetch([...links.values()]);
    const aliases = new Map<string, string>();
    for (const [path, blob] of links) {
      const target = await this.#git(['cat-file', 'blob', blob]);
      const folder = target.length > MOST_LINK ? undefined : linkedFolder(path, target);
      if (folder !== undefined) aliases.set(path, folder);
    }
    return aliases;
  }

  /** All blobs that are not there yet, by one request: as git itself does it for what a partial clone lacks. */
  async #fetch(blobs: readonly string[]): Promise<void> {
    const listed = await this.#git(['rev-list', '--objects', '--missing=print', HEAD]);
    const missing = new Set(listed.split('\n').filter((line) => line.startsWith('?')));
    const wanted = blobs.filter((blob) => missing.has(`?${blob}`));
    if (wanted.length === 0) return;
    await this.#git(
      [
        '-c',
        'fetch.negotiationAlgorithm=noop',
        'fetch',
        '--progress',
        '--no-tags',
        '--no-write-fetch-head',
        '--filter=blob:none',
        '--stdin',
        'origin',
      ],
      { input: [...new Set(wanted)].join('\n') },
    );
  }

  /** Runs git in the clone; returns what it prints, unless `onOutput` takes it. */
  async #git(args: readonly string[], { input = '', onOutput }: GitOptions = {}): Promise<string> {
    const child = spawn('git', ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false', ...args], {
      cwd: this.#clone,
      env: environment(),
    });
    const watch = setTimeout(() => child.kill(), this.#stuck);
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      watch.refresh();
      errors = `${errors}${text}`.slice(-MOST_SAID);
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(error)));
      child.once('close', resolve);
    });
    // Awaited below; until then it is no unhandled rejection.
    ended.catch(() => {});
    child.stdin.on('error', () => {}).end(input);
    const output: Buffer[] = [];
    try {
      for await (const chunk of child.stdout) {
        watch.refresh();
        if (onOutput) await onOutput(chunk);
        else output.push(chunk);
      }
      const status = await ended;
      if (status !== 0) throw this.#failure(args, status, errors);
    } finally {
      clearTimeout(watch);
      child.kill();
    }
    return Buffer.concat(output).toString('utf8');
  }

  #failure(args: readonly string[], status: number | null, errors: string): BpfcError {
    const command = args.find((arg) => /^[a-z-]+$/.test(arg) && arg !== '-c') ?? '';
    const how = status === null ? 'was stopped, or said nothing for long' : `failed with status ${status}`;
    // Progress is told by lines that are written over.
    const said = errors.split(/[\r\n]/).filter((line) => /^(fatal|error|remote: \S*error)/i.test(line));
    const why = said.length > 0 ? `: ${said.join('; ')}` : '';
    const text = `${this.url}: \`git ${command}\` ${how}${why}`.replaceAll(this.#remote, this.url);
    return new BpfcError(HubCode.git, text);
  }
}

interface GitOptions {
  input?: string;
  onOutput?: (chunk: Buffer) => Promise<void>;
}

/** Characters that are kept of what git says. */
const MOST_SAID = 8192;

/** Nothing is asked of the terminal, and no protocol runs a program of the URL's choice. */
function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    LC_ALL: 'C',
  };
  for (const name of HOOK_VARIABLES) delete env[name];
  return env;
}

function notStarted(error: NodeJS.ErrnoException): BpfcError {
  const text = error.code === 'ENOENT' ? 'git is not installed' : error.message;
  return new BpfcError(HubCode.git, `${text}; install git, or fetch from a mirror or a folder`, {
    cause: error,
  });
}

function blobOf({ path, check }: RemoteFile): string {
  if (check.kind === 'git') return check.blob;
  throw new BpfcError(HubCode.source, `${path}: has no object id`);
}
