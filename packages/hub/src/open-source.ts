// Which kind of source is meant.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BpfcError } from '@bpfc/core/base';
import { DirectorySource } from './directory.js';
import { HubCode } from './error.js';
import { GitSource } from './git.js';
import { GitHubSource, githubPlaces, githubRepository } from './github.js';
import { MirrorSource } from './mirror.js';
import type { Source } from './source.js';
import type { Web } from './web.js';

/** What sources work with. */
export interface SourceTools {
  web: Web;
  /** Where to tell that something is done in another way than the first. */
  say: (text: string) => void;
  /** A name for a new folder in which git may work. */
  clone: () => string;
  /** Milliseconds of silence after which git counts as stuck. */
  stuck?: number | undefined;
}

/** What only git knows. */
const GIT_URL = /^(git|ssh|git\+ssh|file):\/\/|^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:|\.git\/?$/;

/**
 * The source of this name, by its form:
 *
 * - a folder; a repository of git in one, if it is bare
 * - `owner/name`, or the URL of a repository on GitHub
 * - a URL of git: `git://`, `ssh://`, `file://`, `user@host:path`, or what ends in `.git`
 * - any other `http://` or `https://`: a mirror with an index, or else a repository, or else a mirror that lists its folders
 *
 * @throws BpfcError `FETCH_SOURCE`: none of these
 */
export async function openSource(name: string, tools: SourceTools): Promise<Source> {
  const git = (url: string, revision?: string) =>
    new GitSource(url, tools.clone(), { revision, stuck: tools.stuck });
  if (await isFolder(name)) {
    const bare = (await isFolder(join(name, 'objects'))) && (await isFolder(join(name, 'refs')));
    return bare ? git(resolve(name)) : new DirectorySource(name);
  }
  const places = githubPlaces();
  const repository = githubRepository(name, places);
  if (repository !== undefined) return new GitHubSource(repository, places, { ...tools, git });
  if (GIT_URL.test(name)) return git(name);
  if (/^https?:\/\//.test(name) && URL.canParse(name)) return openWeb(new URL(name), tools, git);
  throw new BpfcError(
    HubCode.source,
    `${name}: is no source: name a folder, a URL, or a repository on GitHub as owner/name`,
  );
}

async function openWeb(url: URL, { web }: SourceTools, git: (url: string) => Source): Promise<Source> {
  const mirror = new MirrorSource(url, web);
  if ((await mirror.indexed()) !== undefined) return mirror;
  // What git itself asks first.
  const service = new URL(`${url.href.replace(/\/$/, '')}/info/refs?service=git-upload-pack`);
  const answer = await web.pageIfAny(service);
  return answer?.type === 'application/x-git-upload-pack-advertisement' ? git(url.href) : mirror;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
