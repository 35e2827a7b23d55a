import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { scratch } from '../test/support.js';
import { kernelsOfCache, list, modulesIn } from './sources.js';

const SYSTEM = { osRelease: '', machine: 'x86_64', release: '6.1', current: '/' };

afterEach(() => vi.unstubAllEnvs());

/** A folder with these files, which nobody reads. */
async function folderOf(...paths: string[]): Promise<string> {
  const folder = await scratch();
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), '');
  }
  return folder;
}

/** What is listed of a folder, relative to it. */
async function listed(folder: string): Promise<string[]> {
  const { files } = await list(folder);
  return files.map(({ file }) => file.slice(folder.length + 1)).sort();
}

test('every file below a folder is listed, but not what git and the cache have for themselves', async () => {
  const folder = await folderOf(
    'ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz',
    'README.md',
    '.git/x/1/x86_64/y.btf',
    'btfhub-archive-repos/one/debian/10/x86_64/r.btf.tar.xz',
  );
  expect(await listed(folder)).toEqual(['README.md', 'ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz']);
});

test('a file is listed as it is named', async () => {
  const file = join(await folderOf('mine'), 'mine');
  expect(await list(file)).toEqual({ path: file, folder: false, files: [{ file, running: false }] });
});

test('links to folders are followed, but not in circles', async () => {
  const folder = await folderOf('debian/10/x86_64/r.btf');
  await symlink('10', join(folder, 'debian/buster'));
  await symlink('..', join(folder, 'debian/up'));
  expect(await listed(folder)).toEqual(['debian/10/x86_64/r.btf', 'debian/buster/x86_64/r.btf']);
});

test('what is not there is an error that names the place', async () => {
  await expect(list('/nonexistent')).rejects.toMatchObject({
    code: 'IO_READ',
    message: '/nonexistent: no such file or folder',
  });
});

test('modules are listed relative to their folder', async () => {
  const folder = await folderOf('debian/12/x86_64/6.1/ext4.btf');
  expect(await modulesIn(`${folder}/`)).toEqual({
    folder: `${folder}/`,
    files: ['debian/12/x86_64/6.1/ext4.btf'],
  });
});

test('the cache is BTFHUB_CACHE; an empty or missing one has no kernels', async () => {
  vi.stubEnv('BTFHUB_CACHE', await folderOf('btfhub-archive/ubuntu/20.04/x86_64/r.btf.tar.xz'));
  using found = await kernelsOfCache('x86_64', SYSTEM);
  expect(found).toBeDefined();
  vi.stubEnv('BTFHUB_CACHE', await folderOf('README.md'));
  expect(await kernelsOfCache('x86_64', SYSTEM)).toBeUndefined();
  vi.stubEnv('BTFHUB_CACHE', '/nonexistent');
  expect(await kernelsOfCache('x86_64', SYSTEM)).toBeUndefined();
});
