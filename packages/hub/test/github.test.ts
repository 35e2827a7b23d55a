// A server with the shapes of GitHub's REST API (git/trees, commits), its raw files, and its repositories behind git.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { parseCatalog } from '@bpfc/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type FetchRequest, fetchKernels } from '../src/index.js';
import { git, hashesIn, makeArchive, makeRepository, scratch } from './archive.js';
import { nginx, server } from './servers.js';

const NAME = 'example/btfhub-archive';

/** For one request; true where it has answered. */
type Trick = (request: IncomingMessage, response: ServerResponse) => boolean;

async function github({ truncated = false, trick }: { truncated?: boolean; trick?: Trick } = {}) {
  const folder = await scratch();
  const archive = join(folder, 'archive');
  await mkdir(archive);
  const hashes = await makeArchive(archive);
  const repositories = join(folder, 'repositories');
  const bare = join(repositories, `${NAME}.git`);
  const commit = await makeRepository(archive, bare);
  const web = await nginx(repositories, { git: true });
  const requests: IncomingMessage[] = [];
  const api = await server((request, response) => {
    requests.push(request);
    if (trick?.(request, response)) return;
    const path = decodeURIComponent(request.url ?? '');
    if (path === `/repos/${NAME}/commits/HEAD`) response.end(commit);
    else if (path === `/repos/${NAME}/git/trees/${commit}?recursive=1`) {
      response.end(JSON.stringify({ sha: commit, tree: tree(bare), truncated }));
    } else if (path.startsWith(`/${NAME}/${commit}/`)) {
      const file = path.slice(`/${NAME}/${commit}/`.length);
      spawn('git', ['cat-file', 'blob', `HEAD:${file}`], { cwd: bare }).stdout.pipe(response);
    } else response.writeHead(404).end('{"message":"Not Found"}');
  });
  vi.stubEnv('BTFHUB_GITHUB_API', api);
  vi.stubEnv('BTFHUB_GITHUB_RAW', api);
  vi.stubEnv('BTFHUB_GITHUB', web.url.slice(0, -1));
  const cache = join(folder, 'cache');
  const notes: string[] = [];
  const fetch = (more: Partial<FetchRequest> = {}) =>
    fetchKernels(
      { cache, sources: [NAME], patience: { retries: 1, delay: 1 }, ...more },
      { onNote: (text) => notes.push(text) },
    );
  const expectWhole = async () => {
    expect(await hashesIn(join(cache, 'btfhub-archive'))).toEqual(hashes);
    const { files, aliases } = parseCatalog(await readFile(join(cache, 'catalog.json'), 'utf8'));
    for (const file of files.values()) {
      expect(file).toMatchObject({ source: `${web.url}${NAME}`, commit, verified: 'git' });
    }
    expect(aliases).toEqual(new Map([['debian/bullseye', 'debian/11']]));
  };
  return { archive, bare, hashes, requests, web, notes, fetch, expectWhole };
}

/** As `GET /repos/OWNER/NAME/git/trees/SHA?recursive=1` has it. */
function tree(bare: string) {
  return git(bare, 'ls-tree', '-r', '-t', '-l', 'HEAD')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [about = '', path] = line.split('\t');
      const [mode, type, sha, size] = about.split(/ +/);
      return {
        path,
        mode,
        type,
        sha,
        ...(type === 'blob' ? { size: Number(size) } : {}),
        url: 'https://...',
      };
    });
}

beforeEach(() => vi.stubEnv('GITHUB_TOKEN', ''));
afterEach(() => vi.unstubAllEnvs());

test('a few files come one by one, after one listing', async () => {
  const { fetch, expectWhole, requests, web, hashes, notes } = await github();
  await fetch();
  await expectWhole();
  // The commit, the listing, the link.
  expect(requests).toHaveLength(3 + hashes.size);
  expect(await web.log().catch(() => [])).toEqual([]);
  expect(notes).toEqual([]);
});

test('it is named by its URL too', async () => {
  const { fetch, expectWhole, web } = await github();
  await fetch({ sources: [`${web.url}${NAME}.git`] });
  await expectWhole();
});

test('more than 50 come by git, in one request', async () => {
  const { archive, bare, fetch, requests, web } = await github();
  for (let n = 0; n < 60; n++) await writeFile(join(archive, `centos/8/x86_64/${n}.btf.tar.xz`), `${n}`);
  await rm(bare, { recursive: true });
  await rm(join(archive, '.git'), { recursive: true });
  const commit = await makeRepository(archive, bare);
  vi.stubEnv('BTFHUB_GITHUB_API', await server(listing(bare, commit)));
  const { fetched, failed } = await fetch();
  expect({ fetched: fetched.length, failed }).toEqual({
    fetched: (await hashesIn(archive)).size,
    failed: [],
  });
  expect(requests.filter(({ url }) => url?.includes('.tar.xz'))).toEqual([]);
  const posts = (await web.log()).filter((line) => line.includes('POST'));
  expect(posts.length).toBeGreaterThan(0);
  expect(posts.length).toBeLessThanOrEqual(6);
});

/** Answers for a repository as it is now. */
function listing(bare: string, commit: string) {
  return (request: IncomingMessage, response: ServerResponse) =>
    response.end(
      request.url?.endsWith('HEAD') ? commit : JSON.stringify({ tree: noLinks(bare), truncated: false }),
    );
}

/** Links would be asked for from another server. */
function noLinks(bare: string) {
  return tree(bare).filter(({ mode }) => mode !== '120000');
}

test('where the listing is cut off git lists', async () => {
  const { fetch, expectWhole, notes } = await github({ truncated: true });
  await fetch();
  await expectWhole();
  expect(notes).toEqual([expect.stringContaining('cuts the listing off')]);
});

test('where the limit is used up that is said, with the time, and git asked', async () => {
  const limited: Trick = (_, response) => {
    const reset = Math.floor(Date.now() / 1000) + 3600;
    response.writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }).end('{}');
    return true;
  };
  const { fetch, expectWhole, notes, requests } = await github({ trick: limited });
  await fetch();
  await expectWhole();
  expect(notes).toEqual([expect.stringMatching(/wait until .*GITHUB_TOKEN.*asking git/)]);
  expect(requests).toHaveLength(1);
});

test('GITHUB_TOKEN goes to the API and to raw files', async () => {
  vi.stubEnv('GITHUB_TOKEN', 'secret');
  const { fetch, requests } = await github();
  await fetch();
  for (const { headers } of requests) expect(headers.authorization).toBe('Bearer secret');
});

test('a file that differs from its object id does not land', async () => {
  const wrong: Trick = (request, response) => {
    if (!request.url?.includes('centos')) return false;
    response.end('x'.repeat(100));
    return true;
  };
  const { fetch } = await github({ trick: wrong });
  const { failed, fetched } = await fetch();
  expect(failed).toMatchObject([{ path: expect.stringMatching(/^centos/), code: 'FETCH_MISMATCH' }]);
  expect(fetched.join()).not.toContain('centos');
});

test.each([
  ['no JSON', '<html>'],
  ['no tree', '{}'],
  ['nothing', 'null'],
])('%s for a listing is FETCH_SOURCE', async (_, text) => {
  const strange: Trick = (request, response) => {
    if (!request.url?.includes('/git/trees/')) return false;
    response.end(text);
    return true;
  };
  const { fetch } = await github({ trick: strange });
  await expect(fetch()).rejects.toMatchObject({ code: 'FETCH_SOURCE' });
});
