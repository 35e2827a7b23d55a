import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../test/support.js';
import { fillCache } from './cache.js';

function git(folder: string, ...args: string[]) {
  const identity = [
    '-c',
    'user.name=test',
    '-c',
    'user.email=test@example.org',
    '-c',
    'commit.gpgsign=false',
  ];
  const { GIT_DIR: _dir, GIT_INDEX_FILE: _index, GIT_WORK_TREE: _tree, ...env } = process.env;
  execFileSync('git', [...identity, ...args], { cwd: folder, env, stdio: 'ignore' });
}

async function write(folder: string, files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A repository in the archive's layout, and its URL. */
async function repository(files: Record<string, string>): Promise<{ folder: string; url: string }> {
  const folder = await scratch();
  await write(folder, { 'README.md': 'about', ...files });
  git(folder, 'init', '--quiet');
  commit(folder);
  return { folder, url: `file://${folder}` };
}

function commit(folder: string) {
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'kernels');
}

const fill = (cache: string, ...urls: string[]) => fillCache(cache, urls, () => {});

test('a repository is cloned, and its kernels show in btfhub-archive', async () => {
  const cache = await scratch();
  const { url } = await repository({ 'ubuntu/20.04/x86_64/r.btf.tar.xz': 'one' });
  await fill(cache, url);
  expect(await readdir(join(cache, 'btfhub-archive'))).toEqual(['ubuntu']);
  expect(await readFile(join(cache, 'btfhub-archive/ubuntu/20.04/x86_64/r.btf.tar.xz'), 'utf8')).toBe('one');
  expect(await readdir(join(cache, 'btfhub-archive-repos'))).toEqual([url.replace(/[^A-Za-z0-9._-]/g, '_')]);
});

test('fetching again brings what is new and what changed', async () => {
  const cache = await scratch();
  const { folder, url } = await repository({ 'a/1/x86_64/r.btf': 'broken' });
  await fill(cache, url);
  await write(folder, { 'a/1/x86_64/r.btf': 'mended', 'a/1/x86_64/s.btf': 'new' });
  commit(folder);
  await fill(cache, url);
  expect(await readFile(join(cache, 'btfhub-archive/a/1/x86_64/r.btf'), 'utf8')).toBe('mended');
  expect(await readFile(join(cache, 'btfhub-archive/a/1/x86_64/s.btf'), 'utf8')).toBe('new');
});

test('of several repositories the first that has a kernel counts', async () => {
  const cache = await scratch();
  const one = await repository({ 'a/1/x86_64/r.btf': 'one' });
  const two = await repository({ 'a/1/x86_64/r.btf': 'two', 'b/1/x86_64/r.btf': 'two' });
  await fill(cache, one.url, two.url);
  expect(await readFile(join(cache, 'btfhub-archive/a/1/x86_64/r.btf'), 'utf8')).toBe('one');
  expect(await readFile(join(cache, 'btfhub-archive/b/1/x86_64/r.btf'), 'utf8')).toBe('two');
});

test('a clone that fails is FETCH_GIT and leaves nothing that looks complete', async () => {
  const cache = await scratch();
  await expect(fill(cache, 'file:///nonexistent')).rejects.toMatchObject({ code: 'FETCH_GIT' });
  expect(await readdir(join(cache, 'btfhub-archive-repos'))).toEqual([]);
});

test('a folder without .git, as an aborted clone may leave, is replaced', async () => {
  const cache = await scratch();
  const { url } = await repository({ 'a/1/x86_64/r.btf': 'one' });
  const clone = join(cache, 'btfhub-archive-repos', url.replace(/[^A-Za-z0-9._-]/g, '_'));
  await write(clone, { 'half.tmp': '' });
  await fill(cache, url);
  expect(await readdir(clone)).not.toContain('half.tmp');
});

test('codename links are kept; links out of the archive are not, and nothing is written through one', async () => {
  const cache = await scratch();
  const outside = await scratch();
  const one = await repository({ 'debian/11/x86_64/r.btf': 'one' });
  await symlink('11', join(one.folder, 'debian/bullseye'));
  await symlink(outside, join(one.folder, 'ubuntu'));
  await symlink('../../../..', join(one.folder, 'debian/up'));
  commit(one.folder);
  const two = await repository({ 'ubuntu/1/x86_64/r.btf': 'two', 'debian/bullseye/x86_64/s.btf': 'two' });
  await fill(cache, one.url, two.url);
  const archive = join(cache, 'btfhub-archive');
  expect(await readlink(join(archive, 'debian/bullseye'))).toBe('11');
  expect(await lstat(join(archive, 'debian/up')).catch(() => 'none')).toBe('none');
  expect(await readdir(join(archive, 'debian/11/x86_64'))).toEqual(['r.btf']);
  expect(await readFile(join(archive, 'ubuntu/1/x86_64/r.btf'), 'utf8')).toBe('two');
  expect(await readdir(outside)).toEqual([]);
});

test('what is trimmed or deleted in the archive does not reach the clone', async () => {
  const cache = await scratch();
  const { url } = await repository({ 'a/1/x86_64/r.btf': 'one' });
  await fill(cache, url);
  await rm(join(cache, 'btfhub-archive'), { recursive: true });
  await fill(cache, url);
  expect(await readFile(join(cache, 'btfhub-archive/a/1/x86_64/r.btf'), 'utf8')).toBe('one');
});
