// The cache when `fetch` is killed, and when the disk is full or read-only: whole files, and nothing fetched twice.
import { mkdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { hashesIn, makeArchive } from '../../hub/test/archive.js';
import { nginx } from '../../hub/test/servers.js';
import { MOUNTS, UNSHARE } from './mounts.js';
import { btfPack, kernels, scratch } from './support.js';

const KILLS = process.env.BPFC_FULL ? 50 : 6;

/** Bytes a second for each file: the large ones take a while then. */
const RATE = 800_000;

async function archived() {
  const archive = await scratch();
  await makeArchive(archive);
  await rm(join(archive, 'debian/bullseye'));
  return { archive, hashes: await hashesIn(archive) };
}

test(`killed at ${KILLS} random moments it has whole files, and goes on where it was`, async () => {
  const { archive, hashes } = await archived();
  const { url, log } = await nginx(archive, { rate: RATE });
  const folder = await scratch();
  const fetch = (cache: string, kill?: number) =>
    btfPack(['fetch', '--source', url, '--json'], {
      env: { BTFHUB_CACHE: cache },
      meanwhile: async (child) => {
        if (kill === undefined) return;
        await sleep(kill);
        child.kill('SIGKILL');
      },
    });
  const started = performance.now();
  expect(await fetch(join(folder, 'measured'))).toMatchObject({ status: 0 });
  const took = performance.now() - started;
  let partly = 0;
  for (let n = 0; n < KILLS; n++) {
    const cache = join(folder, `cache-${n}`);
    const moment = ((n + Math.random()) / KILLS) * took;
    const { signal } = await fetch(cache, moment);
    const landed = await hashesIn(join(cache, 'btfhub-archive'));
    for (const [path, hash] of landed) expect([path, hash]).toEqual([path, hashes.get(path)]);
    if (landed.size > 0 && landed.size < hashes.size) partly += 1;
    const listed = JSON.parse((await btfPack(['list', '--json'], { env: { BTFHUB_CACHE: cache } })).stdout);
    const names = listed.kernels.map(({ kernel }: { kernel: string }) => `${kernel}.btf.tar.xz`);
    expect(names).toEqual([...landed.keys()].sort());
    // As if the time had passed after which the lock of who renews it no more counts as left over.
    if (signal !== null) await utimes(join(cache, '.lock'), 0, 0).catch(() => {});
    const before = (await log()).length;
    const finished = await fetch(cache);
    expect(finished).toMatchObject({ status: 0 });
    const asked = (await log())
      .slice(before)
      .flatMap((line) => /GET \/(\S+\.tar\.xz) /.exec(line)?.[1] ?? []);
    const paths = asked.map((path) => decodeURIComponent(path));
    expect(paths.filter((path) => landed.has(path))).toEqual([]);
    expect(new Set(paths).size).toBe(hashes.size - landed.size);
    expect(await hashesIn(join(cache, 'btfhub-archive'))).toEqual(hashes);
    await rm(cache, { recursive: true });
  }
  // Small files alone are there before anybody can stop it.
  if (kernels.archive) expect(partly).toBeGreaterThan(0);
}, 1_800_000);

test('the lock of a killed run is waited out', async () => {
  const { archive } = await archived();
  const cache = await scratch();
  await mkdir(join(cache, '.lock'));
  const run = await btfPack(['fetch', '--source', archive], { env: { BTFHUB_CACHE: cache } });
  expect(run).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('another process fills the cache'),
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s gives the lock back', async (signal) => {
  const { archive } = await archived();
  const { url } = await nginx(archive, { rate: RATE });
  const cache = await scratch();
  const stopped = await btfPack(['fetch', '--source', url], {
    env: { BTFHUB_CACHE: cache },
    meanwhile: async (child) => {
      while ((await hashesIn(join(cache, 'btfhub-archive'))).size === 0) await sleep(10);
      child.kill(signal);
    },
  });
  expect(stopped).toMatchObject({ status: null, signal });
  await expect(readFile(join(cache, '.lock'))).rejects.toMatchObject({ code: 'ENOENT' });
});

/** Fetches into a disk of its own, in two steps, and copies what is there then. */
const ON_DISK = `
  disk=$1 after=$2 size=$3 then=$4; shift 4
  mount -t tmpfs -o "size=$size" tmpfs "$disk"
  "$@" --kernels 'ubuntu/*' > "$disk.out" 2>&1
  mount -o "remount,$then" "$disk"
  status=0; "$@" || status=$?
  cp -a "$disk/." "$after"
  exit $status
`;

async function fetchOnDisk(size: string, then: 'rw' | 'ro') {
  const { archive, hashes } = await archived();
  const [disk, after] = [await scratch(), await scratch()];
  const run = await btfPack(['fetch', '--source', archive], {
    under: [...UNSHARE, 'sh', '-euc', ON_DISK, 'sh', disk, after, size, then],
    env: { BTFHUB_CACHE: disk },
  });
  await rm(`${disk}.out`);
  return { run, hashes, after: await hashesIn(join(after, 'btfhub-archive')) };
}

// Files that fit into nothing are real ones.
test.each(MOUNTS && kernels.archive ? ['64k'] : [])(
  'a disk of %s that is full is CACHE_WRITE, and what landed stays',
  async (size) => {
    const { run, hashes, after } = await fetchOnDisk(size, 'rw');
    expect(run).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/CACHE_WRITE: .*no space left on the device/),
    });
    expect([...after.keys()].filter((path) => path.startsWith('ubuntu/'))).toHaveLength(3);
    for (const [path, hash] of after) expect(hash).toBe(hashes.get(path));
  },
);

test.each(MOUNTS ? ['1m'] : [])('a read-only cache is CACHE_WRITE, and stays as it is', async (size) => {
  const { run, after } = await fetchOnDisk(size, 'ro');
  expect(run).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/CACHE_WRITE: .*the file system is read-only/),
  });
  expect(after.size).toBe(3);
});

test.each(MOUNTS ? ['16m'] : [])('a cache on another file system is filled', async (size) => {
  const { run, hashes, after } = await fetchOnDisk(size, 'rw');
  expect(run).toMatchObject({ status: 0 });
  expect(after).toEqual(hashes);
});
