// The cache itself: who may change it, and what is its user's own.
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Cache, fetchKernels, verifyCache, WritableCache } from '../src/index.js';
import { makeArchive, scratch } from './archive.js';

const PATH = 'ubuntu/20.04/x86_64/5.4.0-1-generic.btf.tar.xz';

async function withOwn(): Promise<{ folder: string; cache: Cache }> {
  const folder = await scratch();
  const cache = await WritableCache.lock(folder);
  await cache.put(PATH, Buffer.from('mine'), { native: true });
  await cache.save();
  await cache.close();
  return { folder, cache: await Cache.open(folder) };
}

test('what its user puts in is in the catalog, and is not fetched over', async () => {
  const { folder, cache } = await withOwn();
  expect(cache.catalog.files.get(PATH)).toMatchObject({ source: 'add', native: true, size: 4 });
  const archive = await scratch();
  await makeArchive(archive);
  const { fetched, gone } = await fetchKernels({ cache: folder, sources: [archive], update: true });
  expect(fetched).not.toContain(PATH);
  expect(gone).toEqual([]);
  expect(await readFile(cache.file(PATH), 'utf8')).toBe('mine');
  await writeFile(cache.file(PATH), 'changed by hand');
  expect((await fetchKernels({ cache: folder, sources: [archive], update: true })).fetched).toEqual([]);
});

test('what its user put in is told when it is damaged, and not removed', async () => {
  const { folder, cache } = await withOwn();
  await writeFile(cache.file(PATH), 'else');
  const { damaged } = await verifyCache(folder);
  expect(damaged).toMatchObject([{ path: PATH, removed: false }]);
  expect(await readFile(cache.file(PATH), 'utf8')).toBe('else');
});

test('a path that leads elsewhere is refused', async () => {
  const cache = await WritableCache.lock(await scratch());
  const put = cache.put('../../x/r.btf.tar.xz', Buffer.from('mine'));
  await expect(put).rejects.toMatchObject({ code: 'CACHE_WRITE' });
  await cache.close();
});

test('one process at a time changes it', async () => {
  const folder = await scratch();
  const order: string[] = [];
  const first = await WritableCache.lock(folder);
  const second = WritableCache.lock(folder, { onWait: () => order.push('second waits') }).then(
    async (cache) => {
      order.push('second has it');
      await cache.close();
    },
  );
  while (order.length === 0) await sleep(5);
  order.push('first is done');
  await first.close();
  await second;
  expect(order).toEqual(['second waits', 'first is done', 'second has it']);
});

test('a process that slept, and whose lock was taken meanwhile, writes nothing more: CACHE_LOCK', async () => {
  const folder = await scratch();
  const slept = await WritableCache.lock(folder, { stale: 2000 });
  // As if it had not renewed its lock for long.
  await utimes(join(folder, '.lock'), 0, 0);
  const other = await WritableCache.lock(folder, { stale: 2000 });
  while (!slept.lost.aborted) await sleep(20);
  await expect(slept.put(PATH, Buffer.from('late'))).rejects.toMatchObject({ code: 'CACHE_LOCK' });
  await expect(slept.save()).rejects.toMatchObject({ code: 'CACHE_LOCK' });
  await slept.close();
  await other.put(PATH, Buffer.from('mine'));
  await other.close();
  expect(await readFile(other.file(PATH), 'utf8')).toBe('mine');
});
