// Every kind of source, from a server of its kind, into a cache.
import { cp, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCatalog } from '@bpfc/core';
import { describe, expect, test } from 'vitest';
import { type FetchRequest, type FetchSummary, fetchKernels, writeIndex } from '../src/index.js';
import { commit, git, hashesIn, makeArchive, makeRepository, scratch } from './archive.js';
import { gitDaemon, nginx } from './servers.js';

const SMALL = 'ubuntu/20.04/x86_64/5.4.0-1-generic.btf.tar.xz';

/** An archive, and an empty cache for it. */
async function place() {
  const folder = await scratch();
  const archive = join(folder, 'archive');
  await mkdir(archive);
  const hashes = await makeArchive(archive);
  const cache = join(folder, 'cache');
  const fetch = (source: string, more: Partial<FetchRequest> = {}): Promise<FetchSummary> =>
    fetchKernels({ cache, sources: [source], patience: { retries: 1, delay: 10 }, ...more });
  const cached = () => hashesIn(join(cache, 'btfhub-archive'));
  const catalog = async () => parseCatalog(await readFile(join(cache, 'catalog.json'), 'utf8'));
  return { folder, archive, hashes, cache, fetch, cached, catalog };
}

type Place = Awaited<ReturnType<typeof place>>;

/** What has to hold of a cache that was filled from an empty one. */
async function expectWhole({ hashes, cached, catalog }: Place, summary: FetchSummary): Promise<void> {
  expect(summary).toMatchObject({
    wanted: hashes.size,
    present: 0,
    failed: [],
    broken: [],
    gone: [],
    changed: [],
  });
  expect(summary.fetched).toEqual([...hashes.keys()].sort());
  expect(await cached()).toEqual(hashes);
  const { files } = await catalog();
  expect(new Map([...files].map(([path, { sha256 }]) => [path, sha256]))).toEqual(hashes);
}

test('from a folder', async () => {
  const at = await place();
  await expectWhole(at, await at.fetch(at.archive));
  const { files, aliases } = await at.catalog();
  expect(files.get(SMALL)).toMatchObject({ source: `file://${at.archive}`, verified: 'content' });
  expect(aliases).toEqual(new Map([['debian/bullseye', 'debian/11']]));
  expect(await readlink(join(at.cache, 'btfhub-archive/debian/bullseye'))).toBe('11');
});

describe('from nginx', () => {
  test.each([
    ['that lists its folders', {}],
    ['without Range', { range: false }],
  ])('%s', async (_, options) => {
    const at = await place();
    await rm(join(at.archive, 'debian/bullseye'));
    const { url } = await nginx(at.archive, options);
    await expectWhole(at, await at.fetch(url));
    const { files } = await at.catalog();
    expect(files.get(SMALL)).toMatchObject({ source: url, verified: 'content', etag: expect.any(String) });
    expect([...files.keys()]).toContain('debian/11/x86_64/5.10.0-8+x-amd64.btf.tar.xz');
  });

  test('by its index, with sizes and second names', async () => {
    const at = await place();
    await writeIndex(at.archive);
    const { url, log } = await nginx(at.archive);
    const plans: number[] = [];
    const summary = await fetchKernels(
      { cache: at.cache, sources: [url.slice(0, -1)] },
      { onPlan: ({ bytes, unknownSizes }) => plans.push(bytes, unknownSizes) },
    );
    await expectWhole(at, summary);
    expect(plans).toEqual([summary.bytes, 0]);
    expect((await at.catalog()).files.get(SMALL)).toMatchObject({ verified: 'sha256' });
    expect((await at.catalog()).aliases.size).toBe(1);
    expect((await log()).filter((line) => line.includes('.tar.xz'))).toHaveLength(at.hashes.size);
  });

  test('as a repository, by git http-backend', async () => {
    const at = await place();
    const commit = await makeRepository(at.archive, join(at.folder, 'archive.git'));
    const { url, log } = await nginx(at.folder, { git: true });
    await expectWhole(at, await at.fetch(`${url}archive.git`));
    const { files, aliases } = await at.catalog();
    expect(files.get(SMALL)).toMatchObject({ source: `${url}archive.git`, commit, verified: 'git' });
    expect(aliases).toEqual(new Map([['debian/bullseye', 'debian/11']]));
    // References; the commit with its trees; references, the links; references, the files.
    const packs = (await log()).filter((line) => line.includes('POST'));
    expect(packs.length).toBeLessThanOrEqual(6);
  });

  test('as a repository whose URL does not say so', async () => {
    const at = await place();
    await makeRepository(at.archive, join(at.folder, 'hub'));
    const { url } = await nginx(at.folder, { git: true });
    await expectWhole(at, await at.fetch(`${url}hub`));
  });
});

describe('from git', () => {
  test('by git daemon', async () => {
    const at = await place();
    const commit = await makeRepository(at.archive, join(at.folder, 'archive.git'));
    const url = await gitDaemon(at.folder);
    await expectWhole(at, await at.fetch(`${url}archive.git`));
    expect((await at.catalog()).files.get(SMALL)).toMatchObject({ commit, verified: 'git' });
  });

  test('only what is asked for travels', async () => {
    const at = await place();
    await makeRepository(at.archive, join(at.folder, 'archive.git'));
    const clones: string[] = [];
    const summary = await fetchKernels(
      {
        cache: at.cache,
        sources: [`file://${at.folder}/archive.git`],
        kernels: ['ubuntu/*'],
        archs: ['aarch64'],
      },
      {
        onBytes: () => {
          const clone = join(at.cache, 'sources/1');
          clones.push(git(clone, 'rev-list', '--objects', '--missing=print', 'refs/heads/fetched'));
        },
      },
    );
    expect(summary.fetched).toEqual(['ubuntu/20.04/arm64/5.4.0-1-generic.btf.tar.xz']);
    const missing = clones[0]?.split('\n').filter((line) => line.startsWith('?'));
    expect(missing).toHaveLength(at.hashes.size - 1);
  });

  test('a repository that is not there is FETCH_GIT, with what git says', async () => {
    const { fetch } = await place();
    await expect(fetch('file:///nonexistent.git')).rejects.toMatchObject({
      code: 'FETCH_GIT',
      message: expect.stringContaining('does not appear to be a git repository'),
    });
  });

  test('a URL that would run a program is refused', async () => {
    const { fetch } = await place();
    await expect(fetch('ext::sh -c touch% /tmp/x.git')).rejects.toMatchObject({ code: 'FETCH_GIT' });
  });
});

describe('what is fetched', () => {
  test('is what globs and architectures ask for, by the second names of folders too', async () => {
    const at = await place();
    const { fetched } = await at.fetch(at.archive, {
      kernels: ['debian/bullseye/*', 'ubuntu/*'],
      archs: ['x86_64'],
    });
    expect(fetched.map((path) => path.split('/').slice(0, 3).join('/'))).toEqual([
      'debian/11/x86_64',
      'debian/11/x86_64',
      'ubuntu/20.04/x86_64',
      'ubuntu/20.04/x86_64',
    ]);
  });

  test('nothing, and nothing is made, in a dry run', async () => {
    const at = await place();
    const summary = await at.fetch(at.archive, { dryRun: true });
    expect(summary.fetched).toEqual([...at.hashes.keys()].sort());
    expect((await at.cached()).size).toBe(0);
    await expect(readFile(at.cache)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is FETCH_EMPTY where nothing matches', async () => {
    const at = await place();
    await expect(at.fetch(at.archive, { kernels: ['suse/*'] })).rejects.toMatchObject({
      code: 'FETCH_EMPTY',
    });
    await expect(at.fetch(await scratch())).rejects.toMatchObject({ code: 'FETCH_EMPTY' });
  });

  test('is not fetched again', async () => {
    const at = await place();
    const { url, log } = await nginx(at.archive);
    await at.fetch(url);
    const before = (await log()).length;
    const { fetched, present } = await at.fetch(url);
    expect({ fetched, present }).toEqual({ fetched: [], present: (await at.cached()).size });
    expect((await log()).slice(before).join('\n')).not.toContain('.tar.xz');
  });

  test('is not fetched when it is there and only the catalog is gone', async () => {
    const at = await place();
    const { url } = await nginx(at.archive);
    await rm(join(at.archive, 'debian/bullseye'));
    await at.fetch(url);
    await rm(join(at.cache, 'catalog.json'));
    expect(await at.fetch(url)).toMatchObject({ fetched: [], present: at.hashes.size });
    expect([...(await at.catalog()).files.keys()].sort()).toEqual([...at.hashes.keys()].sort());
  });

  test('of two sources is what the first one has', async () => {
    const [one, two] = [await place(), await place()];
    await rm(join(two.archive, 'centos'), { recursive: true });
    await cp(join(two.archive, SMALL), join(two.archive, SMALL.replace('-1-', '-3-')));
    const summary = await fetchKernels({ cache: one.cache, sources: [two.archive, one.archive] });
    expect(summary.fetched).toHaveLength(one.hashes.size + 1);
    const { files } = await one.catalog();
    expect(files.get(SMALL)?.source).toBe(`file://${two.archive}`);
    expect([...files.values()].filter(({ source }) => source === `file://${one.archive}`)).toHaveLength(1);
  });
});

test('a second name does not take the place of a folder with kernels, nor is anything put below one', async () => {
  const [one, two] = [await place(), await place()];
  const link = 'debian/bullseye';
  await rm(join(two.archive, link));
  await cp(join(two.archive, 'debian/11'), join(two.archive, link), { recursive: true });
  await one.fetch(one.archive);
  await fetchKernels({ cache: one.cache, sources: [two.archive] });
  expect(await one.cached()).toEqual(one.hashes);
  await two.fetch(two.archive);
  await fetchKernels({ cache: two.cache, sources: [one.archive] });
  expect((await two.cached()).size).toBe(two.hashes.size + 2);
  expect((await two.catalog()).aliases.size).toBe(0);
});

describe('what changes at its source', () => {
  const other = async ({ archive }: Place) =>
    writeFile(join(archive, SMALL), await readFile(join(archive, SMALL.replace('-1-', '-2-'))));

  test.each(['folder', 'nginx', 'index', 'git'])('is fetched again with update: %s', async (kind) => {
    const at = await place();
    const bare = join(at.folder, 'archive.git');
    if (kind === 'index') await writeIndex(at.archive);
    if (kind === 'git') await makeRepository(at.archive, bare);
    const source =
      kind === 'folder' ? at.archive : kind === 'git' ? `file://${bare}` : (await nginx(at.archive)).url;
    await at.fetch(source);
    await other(at);
    if (kind === 'index') await writeIndex(at.archive);
    if (kind === 'git') {
      commit(at.archive);
      git(at.archive, 'push', '--quiet', bare, 'HEAD');
    }
    const without = await at.fetch(source);
    expect(without.fetched).toEqual([]);
    expect((await at.cached()).get(SMALL)).toBe(at.hashes.get(SMALL));
    // A server that only lists its folders says nothing of a file before it is asked for it.
    if (kind !== 'nginx') expect(without.changed).toEqual([SMALL]);
    expect((await at.fetch(source, { update: true })).fetched).toEqual([SMALL]);
    expect((await at.cached()).get(SMALL)).toBe(at.hashes.get(SMALL.replace('-1-', '-2-')));
    expect((await at.fetch(source, { update: true })).fetched).toEqual([]);
  });

  test('and has vanished is kept, marked and told; what comes back loses its mark', async () => {
    const at = await place();
    await at.fetch(at.archive);
    const content = await readFile(join(at.archive, SMALL));
    await rm(join(at.archive, SMALL));
    expect((await at.fetch(at.archive)).gone).toEqual([SMALL]);
    expect((await at.catalog()).files.get(SMALL)).toMatchObject({ gone: true });
    expect((await at.cached()).get(SMALL)).toBe(at.hashes.get(SMALL));
    await writeFile(join(at.archive, SMALL), content);
    expect((await at.fetch(at.archive)).gone).toEqual([]);
    expect((await at.catalog()).files.get(SMALL)).not.toHaveProperty('gone');
  });
});

test('a file that is no kernel at its source is told, and stops nothing', async () => {
  const at = await place();
  await writeFile(join(at.archive, 'centos/8/x86_64/empty.btf.tar.xz'), '');
  const { broken, failed, fetched } = await at.fetch(at.archive);
  expect(broken).toMatchObject([{ path: 'centos/8/x86_64/empty.btf.tar.xz', code: 'FETCH_MISMATCH' }]);
  expect(failed).toEqual([]);
  expect(fetched).toHaveLength(at.hashes.size);
});

test('two processes at once fill one cache', async () => {
  const at = await place();
  const { url } = await nginx(at.archive);
  const both = await Promise.all([at.fetch(url), at.fetch(url)]);
  const [first = 0, second = 0] = both.map(({ fetched }) => fetched.length);
  expect(first + second).toBe((await at.cached()).size);
  expect(Math.min(first, second)).toBe(0);
});

test('what a hostile index names outside of the archive is not written', async () => {
  const at = await place();
  const index = { version: 1, files: { '../../../x.btf.tar.xz': { sha256: 'a'.repeat(64), size: 1 } } };
  await writeFile(join(at.archive, 'index.json'), JSON.stringify(index));
  const { url } = await nginx(at.archive);
  await expect(at.fetch(url)).rejects.toMatchObject({ code: 'INDEX_INVALID' });
});
