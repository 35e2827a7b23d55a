// `btf-pack fetch`, `list`, `cache` and `index`, as they are typed.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashesIn, makeArchive } from '../../hub/test/archive.js';
import { nginx } from '../../hub/test/servers.js';
import { btfPack, object, type RunOptions, scratch } from './support.js';

const KERNEL = 'ubuntu/20.04/x86_64/5.4.0-1-generic';

/** An archive, and the command with a cache of its own. */
async function place() {
  const folder = await scratch();
  const archive = join(folder, 'archive');
  await mkdir(archive);
  const hashes = await makeArchive(archive);
  const cache = join(folder, 'cache');
  const env = { BTFHUB_CACHE: cache, BTFHUB_REPO: archive };
  const run = (args: readonly string[], options: RunOptions = {}) =>
    btfPack(args, { ...options, env: { ...env, ...options.env } });
  return { archive, hashes, cache, run };
}

test('fetch says before it starts what there is to fetch, and then what it did', async () => {
  const { archive, hashes, cache, run } = await place();
  const fetched = await run(['fetch']);
  expect(fetched.status).toBe(0);
  expect(fetched.stderr).toMatch(
    new RegExp(
      `^btf-pack: ${hashes.size} kernels wanted; fetching ${hashes.size} files, [0-9.]+ [KM]B into ${cache}\n$`,
    ),
  );
  expect(fetched.stdout).toContain(`fetched     ${hashes.size} kernels, `);
  expect(fetched.stdout).toContain(`source      file://${archive}: ${hashes.size} kernels\n`);
  expect(await hashesIn(join(cache, 'btfhub-archive'))).toEqual(hashes);
  const again = await run(['fetch', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ fetched: [], present: hashes.size, failed: [] });
});

test('fetch --kernels --arch --dry-run only tells', async () => {
  const { run, cache } = await place();
  const told = await run(['fetch', '--kernels', 'ubuntu/*', '--arch', 'aarch64', '--dry-run']);
  expect(told).toMatchObject({ status: 0, stdout: expect.stringContaining('would fetch 1 kernel, ') });
  await expect(readFile(cache)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('fetch over TLS holds the server against its certificate', async () => {
  const { archive, hashes, cache, run } = await place();
  await rm(join(archive, 'debian/bullseye'));
  const { url, certificate = '' } = await nginx(archive, { tls: true });
  const refused = await run(['fetch', '--source', url]);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('btf-pack: FETCH_NETWORK: ') });
  const trusted = await run(['fetch', '--source', url], { env: { NODE_EXTRA_CA_CERTS: certificate } });
  expect(trusted).toMatchObject({ status: 0 });
  expect(await hashesIn(join(cache, 'btfhub-archive'))).toEqual(hashes);
});

test('a file that cannot be had is FETCH_INCOMPLETE, exit status 1, and the others land', async () => {
  const { archive, hashes, cache, run } = await place();
  await run(['index', archive]);
  await writeFile(join(archive, `${KERNEL}.btf.tar.xz`), 'other bytes');
  const { url } = await nginx(archive);
  const fetched = await run(['fetch', '--source', url]);
  expect(fetched).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('btf-pack: FETCH_INCOMPLETE: 1 of '),
  });
  expect(fetched.stdout).toContain(`failed      ${KERNEL}.btf.tar.xz: FETCH_MISMATCH: `);
  expect((await hashesIn(join(cache, 'btfhub-archive'))).size).toBe(hashes.size - 1);
});

test('list shows the cache, and with --source what there is beside it', async () => {
  const { archive, hashes, run } = await place();
  await run(['fetch', '--kernels', 'ubuntu/20.04/x86_64/*']);
  const [heading, first, second, ...more] = (await run(['list'])).stdout.trimEnd().split('\n');
  expect(heading).toMatch(/^kernel +size +fetched +native +where$/);
  expect(first).toMatch(new RegExp(`^${KERNEL} +[0-9.]+ KB +\\d{4}-\\d\\d-\\d\\d +unknown +cache$`));
  expect(second).toContain('5.4.0-2-generic');
  expect(more).toEqual([]);
  const { kernels } = JSON.parse((await run(['list', '--source', archive, '--json'])).stdout);
  expect(kernels).toHaveLength(hashes.size);
  expect(kernels).toContainEqual(
    expect.objectContaining({ kernel: KERNEL, cached: true, sha256: hashes.get(`${KERNEL}.btf.tar.xz`) }),
  );
  const centos = JSON.parse((await run(['list', 'centos/*', '--source', archive, '--json'])).stdout).kernels;
  expect(centos).toMatchObject([{ cached: false, source: `file://${archive}`, size: expect.any(Number) }]);
});

test('cache tells its size, removes what is damaged, and prunes', async () => {
  const { hashes, cache, run } = await place();
  await run(['fetch']);
  expect((await run(['cache'])).stdout).toContain(`${cache}: ${hashes.size} kernels, `);
  await writeFile(join(cache, 'btfhub-archive', `${KERNEL}.btf.tar.xz`), 'damaged');
  const verified = await run(['cache', 'verify']);
  expect(verified).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('btf-pack: CACHE_DAMAGED: 1 kernel'),
  });
  expect(verified.stdout).toContain(`damaged  ${KERNEL}.btf.tar.xz: `);
  expect(JSON.parse((await run(['fetch', '--json'])).stdout).fetched).toEqual([`${KERNEL}.btf.tar.xz`]);
  expect((await run(['cache', 'verify'])).stdout).toContain(`${hashes.size} kernels right, 0 of them new`);
  await mkdir(join(cache, 'btfhub-archive-repos/old'), { recursive: true });
  const pruned = JSON.parse((await run(['cache', 'prune', '--kernels', 'ubuntu/*', '--json'])).stdout);
  expect(pruned.clones).toBe(true);
  expect(pruned.kernels).toHaveLength(3);
  expect((await hashesIn(join(cache, 'btfhub-archive'))).size).toBe(hashes.size - 3);
});

test('a cache of former versions is taken over without fetching', async () => {
  const { archive, hashes, cache, run } = await place();
  await cp(archive, join(cache, 'btfhub-archive'), { recursive: true, verbatimSymlinks: true });
  expect((await run(['cache'])).stdout).toContain(`; ${hashes.size} that the catalog does not know`);
  const { fetched, present } = JSON.parse((await run(['fetch', '--json'])).stdout);
  expect({ fetched, present }).toEqual({ fetched: [], present: hashes.size });
  expect((await run(['cache'])).stdout).not.toContain('does not know');
});

test('what was fetched is packed, and what is not there yet is not seen', async () => {
  const { cache, run } = await place();
  await run(['fetch', '--kernels', 'ubuntu/20.04/x86_64/*']);
  await mkdir(join(cache, 'btfhub-archive/.partial'));
  await writeFile(join(cache, 'btfhub-archive/.partial/1'), 'half a file');
  const cwd = await scratch();
  const packed = await run(['pack', object('execsnoop'), '--json', '-o', 'out.tar'], { cwd });
  expect(JSON.parse(packed.stdout)).toMatchObject({ totals: { kernels: 2 }, broken: [] });
});

test('index of a folder without kernels is FETCH_EMPTY, and of no folder CACHE_READ', async () => {
  const { run } = await place();
  expect((await run(['index', await scratch()])).stderr).toContain('btf-pack: FETCH_EMPTY: ');
  expect((await run(['index', '/nonexistent'])).stderr).toContain('btf-pack: CACHE_READ: ');
});

test('a catalog that is damaged is CATALOG_INVALID, with the way out', async () => {
  const { cache, run } = await place();
  await run(['fetch']);
  await writeFile(join(cache, 'catalog.json'), '{"version":1,');
  const { stderr, status } = await run(['fetch']);
  expect({ stderr, status }).toEqual({
    stderr: expect.stringMatching(/CATALOG_INVALID: .*catalog.json: .*remove it/),
    status: 1,
  });
  await rm(join(cache, 'catalog.json'));
  expect(JSON.parse((await run(['fetch', '--json'])).stdout).fetched).toEqual([]);
});
