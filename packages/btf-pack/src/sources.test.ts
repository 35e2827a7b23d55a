import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { scratch } from '../test/support.js';
import { RUNNING_KERNEL } from './environment.js';
import { kernelsFrom, kernelsOfCache } from './sources.js';

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

test('a folder in the archive layout names its kernels; arm64 is aarch64; other files are passed over', async () => {
  const folder = await folderOf(
    'ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz',
    'debian/12/arm64/6.1.0-47-arm64.btf',
    'README.md',
    '.git/x/1/x86_64/y.btf',
  );
  const { kernels, warnings } = await kernelsFrom([folder], 'x86_64');
  expect(kernels.map(({ path }) => path)).toEqual([
    'btfhub-archive/debian/12/aarch64/6.1.0-47-arm64.btf',
    'btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf',
  ]);
  expect(warnings).toEqual([]);
});

test('the same kernel as archive and unpacked is read from the archive, which nothing trims in place', async () => {
  const folder = await folderOf('ol/8/x86_64/5.4.17.btf', 'ol/8/x86_64/5.4.17.btf.tar.xz');
  const { kernels, duplicates } = await kernelsFrom([folder], 'x86_64');
  expect(kernels.map(({ file }) => file)).toEqual([join(folder, 'ol/8/x86_64/5.4.17.btf.tar.xz')]);
  expect(duplicates.map(({ file }) => file)).toEqual([join(folder, 'ol/8/x86_64/5.4.17.btf')]);
});

test('of two sources with one kernel the one named first counts', async () => {
  const [one, two] = [await folderOf('a/1/x86_64/r.btf'), await folderOf('a/1/x86_64/r.btf.tar.xz')];
  const { kernels } = await kernelsFrom([one, two], 'x86_64');
  expect(kernels.map(({ file }) => file)).toEqual([join(one, 'a/1/x86_64/r.btf')]);
});

test('a file whose path says nothing is unknown/0/ARCH/STEM, with a warning that names it', async () => {
  const folder = await folderOf('vmlinux.btf');
  const { kernels, warnings } = await kernelsFrom([join(folder, 'vmlinux.btf')], 's390x');
  expect(kernels[0]?.path).toBe('btfhub-archive/unknown/0/s390x/vmlinux.btf');
  expect(warnings).toMatchObject([
    { code: 'SOURCE_UNKNOWN', message: expect.stringContaining('vmlinux.btf') },
  ]);
});

test('four folders of other names do not make an identity', async () => {
  const folder = await folderOf('home/me/kernels/mine.btf');
  const { kernels } = await kernelsFrom([folder], 'x86_64');
  expect(kernels[0]?.path).toBe('btfhub-archive/unknown/0/x86_64/mine.btf');
});

test('links to folders are followed, but not in circles', async () => {
  const folder = await folderOf('debian/10/x86_64/r.btf');
  await symlink('10', join(folder, 'debian/buster'));
  await symlink('..', join(folder, 'debian/up'));
  const { kernels } = await kernelsFrom([folder], 'x86_64');
  expect(kernels.map(({ path }) => path)).toEqual([
    'btfhub-archive/debian/10/x86_64/r.btf',
    'btfhub-archive/debian/buster/x86_64/r.btf',
  ]);
});

test('the running kernel has the identity of this machine', async () => {
  const { kernels, warnings } = await kernelsFrom([RUNNING_KERNEL], 'x86_64').catch((error) => {
    // A kernel without BTF has no such file.
    expect(error).toMatchObject({ code: 'IO_READ' });
    return { kernels: [{ identity: { release: release() } }], warnings: [] };
  });
  expect(kernels).toMatchObject([{ identity: { release: release() } }]);
  expect(warnings).toEqual([]);
});

test('nothing there is an error that names the place', async () => {
  const folder = await folderOf('README.md');
  await expect(kernelsFrom([folder], 'x86_64')).rejects.toMatchObject({ code: 'SOURCE_EMPTY' });
  await expect(kernelsFrom(['/nonexistent'], 'x86_64')).rejects.toMatchObject({
    code: 'IO_READ',
    message: '/nonexistent: no such file or folder',
  });
});

test('the cache is BTFHUB_CACHE, without the clones in it; an empty or missing one has no kernels', async () => {
  const cache = await folderOf(
    'btfhub-archive/ubuntu/20.04/x86_64/r.btf.tar.xz',
    'btfhub-archive-repos/one/debian/10/x86_64/r.btf.tar.xz',
  );
  vi.stubEnv('BTFHUB_CACHE', cache);
  const sources = await kernelsOfCache('x86_64');
  expect(sources?.kernels.map(({ path }) => path)).toEqual(['btfhub-archive/ubuntu/20.04/x86_64/r.btf']);
  vi.stubEnv('BTFHUB_CACHE', await folderOf('README.md'));
  expect(await kernelsOfCache('x86_64')).toBeUndefined();
  vi.stubEnv('BTFHUB_CACHE', '/nonexistent');
  expect(await kernelsOfCache('x86_64')).toBeUndefined();
});
