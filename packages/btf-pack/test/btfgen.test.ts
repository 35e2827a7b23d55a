// `btf-pack btfgen` and `fetch`, with the arguments and the environment of the script they replace.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseObject } from '@bpfc/core';
import { expect, test } from 'vitest';
import { btfPack, filesInTar, kernelEnding, kernels, object, oneKernel, scratch } from './support.js';

const KERNEL = 'debian/10/x86_64/4.19.0-22-amd64';

async function writeKernel(folder: string): Promise<void> {
  await mkdir(join(folder, KERNEL, '..'), { recursive: true });
  await writeFile(join(folder, `${KERNEL}${kernelEnding}`), await oneKernel());
}

function packKernel(path: string): void {
  execFileSync('tar', ['-C', dirname(path), '-cJf', `${path}.btf.tar.xz`, `${basename(path)}.btf`]);
}

async function cacheWithKernel(): Promise<string> {
  const cache = await scratch();
  await writeKernel(join(cache, 'btfhub-archive'));
  return cache;
}

async function fingerprint(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    lines.push(
      `${path} ${createHash('sha256')
        .update(await readFile(path))
        .digest('hex')}`,
    );
  }
  return lines.sort();
}

test('packs for every kernel of BTFHUB_CACHE into output.tar, and leaves the cache as it is', async () => {
  const BTFHUB_CACHE = await cacheWithKernel();
  const before = await fingerprint(BTFHUB_CACHE);
  const cwd = await scratch();
  const run = await btfPack(['btfgen', object('execsnoop')], { cwd, env: { BTFHUB_CACHE } });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect([...(await filesInTar(join(cwd, 'output.tar'))).keys()]).toEqual([`./btfhub-archive/${KERNEL}.btf`]);
  expect(await fingerprint(BTFHUB_CACHE)).toEqual(before);
});

test('takes objects by -f, --file and position, and options after them', async () => {
  const BTFHUB_CACHE = await cacheWithKernel();
  const cwd = await scratch();
  const objects = ['-f', object('execsnoop'), '--file', object('fields'), object('bitfields')];
  const run = await btfPack(['btfgen', ...objects, '-o', 'min_core_btfs.tar.gz'], {
    cwd,
    env: { BTFHUB_CACHE },
  });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  for (const name of ['execsnoop', 'fields', 'bitfields']) expect(run.stdout).toContain(`${name}.bpf.o: `);
  expect((await readFile(join(cwd, 'min_core_btfs.tar.gz'))).subarray(0, 2)).toEqual(
    Buffer.from([0x1f, 0x8b]),
  );
});

test('puts the file of -j in as package.json, whatever its name', async () => {
  const BTFHUB_CACHE = await cacheWithKernel();
  const cwd = await scratch();
  using parsed = parseObject(await readFile(object('execsnoop')));
  await writeFile(join(cwd, 'mine.json'), parsed.packageJson('mine').json);
  await btfPack(['btfgen', '-j', 'mine.json', '--output', 'out.tar', object('execsnoop')], {
    cwd,
    env: { BTFHUB_CACHE },
  });
  const json = (await filesInTar(join(cwd, 'out.tar'))).get('./package.json');
  expect(Buffer.from(json ?? []).equals(await readFile(join(cwd, 'mine.json')))).toBe(true);
});

test('fetches BTFHUB_REPO first when there is no cache', async () => {
  const repository = await scratch();
  await writeKernel(repository);
  // An archive has nothing but these.
  if (!kernels.archive) packKernel(join(repository, KERNEL));
  const { GIT_DIR: _dir, GIT_INDEX_FILE: _index, GIT_WORK_TREE: _tree, ...env } = process.env;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: repository,
      env,
    });
  git('init', '--quiet');
  git('add', '.');
  git('-c', 'commit.gpgsign=false', 'commit', '--quiet', '-m', 'kernels');
  const cwd = await scratch();
  const settings = { BTFHUB_CACHE: join(cwd, 'cache'), BTFHUB_REPO: `file://${repository}` };
  const run = await btfPack(['btfgen', object('execsnoop')], { cwd, env: settings });
  expect(run).toMatchObject({ status: 0 });
  expect([...(await filesInTar(join(cwd, 'output.tar'))).keys()]).toEqual([`./btfhub-archive/${KERNEL}.btf`]);
  expect(await readdir(join(cwd, 'cache'))).toEqual(['btfhub-archive', 'catalog.json']);
});

test('fetch without a repository to be had is FETCH_GIT', async () => {
  const env = { BTFHUB_CACHE: await scratch(), BTFHUB_REPO: 'file:///nonexistent' };
  const run = await btfPack(['fetch'], { env });
  expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining('btf-pack: FETCH_GIT: ') });
});
