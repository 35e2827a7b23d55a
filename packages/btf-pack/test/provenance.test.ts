// Where a pack's kernels come from: in the pack, beside it, and in the project's lock.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogText, parseCatalog, parseProjectLock } from '@bpfc/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeArchive, makeRepository } from '../../hub/test/archive.js';
import { btfPack, filesInTar, object, packJson, scratch } from './support.js';

const KERNEL = 'ubuntu/20.04/x86_64/5.4.0-1-generic.btf.tar.xz';
const TWO = ['--kernels', 'ubuntu/20.04/x86_64/*'];

let cwd: string;
let source: string;
let commit: string;
let env: Record<string, string>;

beforeEach(async () => {
  cwd = await scratch();
  const archive = join(cwd, 'archive');
  await mkdir(archive);
  await makeArchive(archive);
  commit = await makeRepository(archive, join(cwd, 'hub.git'));
  source = `file://${cwd}/hub.git`;
  env = { BTFHUB_CACHE: join(cwd, 'cache'), BTFHUB_REPO: source };
});

const run = (...args: string[]) => btfPack(args, { cwd, env });
const fetch = async (...args: string[]) => expect(await run('fetch', ...args)).toMatchObject({ status: 0 });
const pack = (...args: string[]) => packJson([object('execsnoop'), '-o', 'out.tar', ...args], { cwd, env });
const at = (name: string) => join(cwd, name);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const json = async (path: string) => JSON.parse(await readFile(at(path), 'utf8'));

/** Changes what the catalog says of a kernel. */
async function changeCatalog(path: string, change: object): Promise<void> {
  const file = at('cache/catalog.json');
  const catalog = parseCatalog(await readFile(file, 'utf8'));
  const entry = catalog.files.get(path);
  if (entry) catalog.files.set(path, { ...entry, ...change });
  await writeFile(file, catalogText(catalog));
}

async function provenanceInside(name = 'out.tar'): Promise<Uint8Array> {
  return (await filesInTar(at(name))).get('./PROVENANCE.json') ?? new Uint8Array();
}

describe('provenance', () => {
  test('stands in the pack in short, with the hash of the list beside it', async () => {
    await fetch(...TWO);
    await pack();
    const list = await readFile(at('out.tar.provenance.json'));
    const { kernels } = await json('out.tar.provenance.json');
    expect(Object.keys(kernels)).toHaveLength(2);
    expect(kernels[KERNEL]).toMatchObject({ source, commit, verified: 'git', sha256: expect.any(String) });
    const short = await provenanceInside();
    expect(JSON.parse(new TextDecoder().decode(short))).toEqual({
      version: 1,
      tool: expect.stringMatching(/^btf-pack \d/),
      programs: [digest(await readFile(object('execsnoop')))],
      sources: [{ source, commit }],
      kernels: 2,
      list: digest(list),
    });
    expect(short.length).toBeLessThan(450);
  });

  test('does not depend on when the cache was filled', async () => {
    await fetch(...TWO);
    await pack();
    const first = await readFile(at('out.tar'));
    await rm(at('cache'), { recursive: true });
    await fetch(...TWO, '--jobs', '1');
    await pack('--jobs', '1');
    expect(digest(await readFile(at('out.tar')))).toBe(digest(first));
  });

  test('stands in the pack whole, or not at all', async () => {
    await fetch(...TWO);
    await pack('--provenance', 'full');
    expect(digest(await provenanceInside())).toBe(digest(await readFile(at('out.tar.provenance.json'))));
    await rm(at('out.tar.provenance.json'));
    await pack('--provenance', 'none');
    expect((await provenanceInside()).length).toBe(0);
    expect(await readdir(cwd)).not.toContain('out.tar.provenance.json');
  });

  test('is not in packs of what --from names', async () => {
    await pack('--from', 'archive/ubuntu');
    expect((await provenanceInside()).length).toBe(0);
    const { status, stderr } = await run(
      'pack',
      object('execsnoop'),
      '--from',
      'archive',
      '--provenance',
      'full',
    );
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('--provenance is about kernels of the cache'),
    });
  });

  test('is no flaw of a pack, nor of a folder that is replaced', async () => {
    await fetch(...TWO);
    await pack();
    expect(await run('verify', 'out.tar')).toMatchObject({ status: 0, stderr: '' });
    for (const _ of ['made', 'replaced']) await pack('-o', 'out/');
    expect((await readdir(at('out'))).sort()).toEqual(['PROVENANCE.json', 'btfhub-archive', 'package.json']);
    expect(await readdir(cwd)).toContain('out.provenance.json');
  });

  test('--notice names every source', async () => {
    await fetch(...TWO);
    await pack('--notice');
    expect(await readFile(at('out.tar.NOTICE'), 'utf8')).toContain(`- ${source}, commit ${commit}\n`);
  });
});

test('kernels with native BTF are left out, and how many is said, unless they are asked for', async () => {
  await fetch(...TWO);
  await changeCatalog(KERNEL, { native: true });
  const packed = await run('pack', object('execsnoop'), '--json', '-o', 'out.tar');
  expect(packed.stderr).toBe(
    'btf-pack: left out 1 kernel with native BTF; --include-native packs such too\n',
  );
  expect(JSON.parse(packed.stdout).totals.kernels).toBe(1);
  expect((await pack('--include-native')).totals.kernels).toBe(2);
  await changeCatalog(KERNEL.replace('-1-', '-2-'), { native: true });
  expect(await run('pack', object('execsnoop'))).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('SOURCE_EMPTY'),
  });
});

test('a kernel that is there by a second name too is one kernel', async () => {
  const path = 'debian/11/x86_64/5.10.0-9-amd64.btf.tar.xz';
  await fetch('--kernels', 'debian/bullseye/x86_64/5.10.0-9-amd64', '--lock');
  expect([...parseProjectLock(await readFile(at('btf-pack.lock'), 'utf8')).keys()]).toEqual([path]);
  // By its name 11, and by its name bullseye.
  expect((await pack('--no-aliases', '--frozen')).totals.kernels).toBe(2);
  expect(Object.keys((await json('out.tar.provenance.json')).kernels)).toEqual([path]);
  await changeCatalog(path, { native: true });
  expect((await run('pack', object('execsnoop'))).stderr).toContain('left out 2 kernels with native BTF');
});

describe('btf-pack.lock', () => {
  test('of what was fetched, or packed, pins source, commit and hash', async () => {
    await fetch(...TWO, '--lock');
    const fetched = await readFile(at('btf-pack.lock'), 'utf8');
    expect([...parseProjectLock(fetched).keys()]).toHaveLength(2);
    expect(parseProjectLock(fetched).get(KERNEL)).toEqual({ source, commit, sha256: expect.any(String) });
    await rm(at('btf-pack.lock'));
    expect(await run('pack', object('execsnoop'), '--lock')).toMatchObject({ status: 0 });
    expect(await readFile(at('btf-pack.lock'), 'utf8')).toBe(fetched);
  });

  test('--frozen fetches and packs what is pinned, and nothing else', async () => {
    await fetch(...TWO, '--lock');
    await pack();
    const first = await readFile(at('out.tar'));
    await rm(at('cache'), { recursive: true });
    await fetch('--frozen');
    await fetch('--kernels', 'debian/11/*');
    expect((await pack('--frozen')).totals.kernels).toBe(2);
    expect(digest(await readFile(at('out.tar')))).toBe(digest(first));
  });

  test('--frozen refuses another version, and what is missing: LOCK_FROZEN', async () => {
    await fetch(...TWO, '--lock');
    const file = at(`cache/btfhub-archive/${KERNEL}`);
    await writeFile(file, await readFile(file.replace('-1-', '-2-')));
    const frozen = { status: 1, stderr: expect.stringContaining(`btf-pack: LOCK_FROZEN: ${KERNEL}: `) };
    expect(await run('pack', object('execsnoop'), '--frozen')).toMatchObject(frozen);
    await rm(file);
    expect(await run('pack', object('execsnoop'), '--frozen')).toMatchObject(frozen);
  });

  test('--frozen without one is IO_READ, with one that pins nothing SOURCE_EMPTY', async () => {
    await fetch(...TWO);
    for (const command of [['pack', object('execsnoop')], ['fetch']]) {
      expect((await run(...command, '--frozen')).stderr).toContain('btf-pack: IO_READ: btf-pack.lock: ');
    }
    await writeFile(at('btf-pack.lock'), '{"version":1,"kernels":{}}');
    expect((await run('fetch', '--frozen')).stderr).toContain('btf-pack: SOURCE_EMPTY: btf-pack.lock: ');
    expect((await run('fetch', '--frozen', '--update')).stderr).toContain('btf-pack: CLI_USAGE: ');
  });
});
