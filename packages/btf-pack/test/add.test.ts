// `add`: a kernel of one's own in the cache. What is read, packages/image tests.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseBtf } from '@bpfc/core';
import { describe, expect, test } from 'vitest';
import { btfPack, object, packJson, type Run, scratch } from './support.js';

const ID = 'debian/12/arm64/6.1.0-99-arm64';

/** A flat kernel with the types of a program; its first line says which it is. */
async function image(folder: string, line = 'Debian 6.1.999-1'): Promise<string> {
  using btf = parseBtf(await readFile(object('fields')));
  const header = Buffer.alloc(0x40);
  header.write('ARM\x64', 0x38);
  const banner = `Linux version 6.1.0-99-arm64 (a@b) (gcc) #1 SMP ${line}\n\0`;
  const path = join(folder, 'Image');
  await writeFile(path, Buffer.concat([header, Buffer.from(banner), btf.bytes(), Buffer.alloc(100)]));
  return path;
}

async function inCache(line?: string) {
  const folder = await scratch();
  const cache = join(folder, 'cache');
  const file = await image(folder, line);
  const add = (...args: string[]): Promise<Run> =>
    btfPack(['add', ...args], { env: { BTFHUB_CACHE: cache } });
  return { cache, file, add };
}

describe('add', () => {
  test('puts a kernel where the archive has it, and says in the catalog where it is from', async () => {
    const { cache, file, add } = await inCache();
    const run = await add(file);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toBe("debian/12/aarch64/6.1.0-99-arm64: the kernel's own BTF\n");
    const packed = await readFile(join(cache, 'btfhub-archive', `${ID}.btf.tar.xz`));
    using there = parseBtf(packed);
    using btf = parseBtf(await readFile(object('fields')));
    expect(there.bytes()).toEqual(btf.bytes());
    expect(JSON.parse(await readFile(join(cache, 'catalog.json'), 'utf8'))).toEqual({
      version: 1,
      files: {
        [`${ID}.btf.tar.xz`]: {
          source: 'add',
          sha256: createHash('sha256').update(packed).digest('hex'),
          size: packed.length,
          date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          verified: 'content',
          native: true,
        },
      },
      aliases: {},
    });
    expect((await readdir(cache)).sort()).toEqual(['btfhub-archive', 'catalog.json']);
  });

  test('again replaces it; another comes beside it, and the catalog stays in order', async () => {
    const { cache, file, add } = await inCache();
    await add(file);
    await add(file, '--id', 'alpine/3/aarch64/6.1.0-99-arm64', '--force');
    await add(file);
    const { files } = JSON.parse(await readFile(join(cache, 'catalog.json'), 'utf8'));
    expect(Object.keys(files)).toEqual(['alpine/3/arm64/6.1.0-99-arm64.btf.tar.xz', `${ID}.btf.tar.xz`]);
  });

  test('of a kernel that does not say whose it is takes --id, by either name of the architecture', async () => {
    const { cache, file, add } = await inCache('PREEMPT');
    const refused = await add(file);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^btf-pack: IDENTITY_UNKNOWN: .*Image: .*--id ID\/VERSION\/aarch64\/6\.1\.0-99-arm64/,
    );
    expect(existsSync(join(cache, 'btfhub-archive'))).toBe(false);
    for (const arch of ['arm64', 'aarch64']) {
      expect(await add(file, '--id', `debian/12/${arch}/6.1.0-99-arm64`)).toMatchObject({ status: 0 });
    }
    expect(await readdir(join(cache, 'btfhub-archive/debian/12'))).toEqual(['arm64']);
  });

  test('refuses an --id that the kernel contradicts, unless forced', async () => {
    const { cache, file, add } = await inCache();
    const refused = await add(file, '--id', 'debian/11/arm64/5.10.0-1-arm64');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /IDENTITY_MISMATCH: .*version 12, not 11; release 6\.1\.0-99-arm64, not 5\.10\.0/,
    );
    expect(await add(file, '--id', 'debian/11/arm64/5.10.0-1-arm64', '--force')).toMatchObject({ status: 0 });
    expect(await readdir(join(cache, 'btfhub-archive/debian'))).toEqual(['11']);
  });

  test('of what cannot be read names the file, and what is in the cache stays', async () => {
    const { cache, file, add } = await inCache();
    await add(file);
    const text = join(cache, '..', 'text');
    await writeFile(text, 'no kernel');
    const missing = await add('/nonexistent/vmlinuz');
    expect(missing).toMatchObject({ status: 1 });
    expect(missing.stderr).toBe('btf-pack: IO_READ: /nonexistent/vmlinuz: no such file or folder\n');
    expect((await add(text)).stderr).toMatch(/^btf-pack: IMAGE_FORMAT: .*text: this is no kernel/);
    await writeFile(join(cache, 'catalog.json'), '{"version": 2}');
    expect((await add(file)).stderr).toMatch(
      /^btf-pack: CATALOG_INVALID: .*catalog\.json: the catalog is not of version 1/,
    );
  });

  test('takes no --id for several files, and none that is no path of the archive', async () => {
    const { file, add } = await inCache();
    expect(await add(file, file, '--id', ID)).toMatchObject({ status: 2 });
    for (const id of ['debian/12', `x/${ID}`, 'debian/12/no-machine/6.1']) {
      const run = await add(file, '--id', id);
      expect(run.status, id).toBe(2);
      expect(run.stderr).toMatch(/^btf-pack: CLI_USAGE: .*--id/);
    }
  });

  test('where the cache cannot be written says so', async () => {
    const { cache, file } = await inCache();
    await writeFile(cache, 'a file, not a folder');
    const run = await btfPack(['add', file], { env: { BTFHUB_CACHE: cache } });
    expect(run).toMatchObject({ status: 1 });
    expect(run.stderr).toMatch(/^btf-pack: IO_WRITE: /);
  });
});

test('what was added is packed', async () => {
  const { cache, file, add } = await inCache();
  await add(file);
  // Modules and configs lie beside the archive, and are no kernels.
  await mkdir(join(cache, 'btfhub-modules', ID), { recursive: true });
  await writeFile(join(cache, 'btfhub-modules', ID, 'a.btf.gz'), 'no kernel');
  await mkdir(join(cache, 'btfhub-configs'), { recursive: true });
  await writeFile(join(cache, 'btfhub-configs', 'a.btf'), 'no kernel');
  const out = join(await scratch(), 'out.tar');
  // This one needs none: its own BTF is in it.
  const args = [object('fields'), '--arch', 'arm64', '--include-native', '-o', out];
  const summary = await packJson(args, { env: { BTFHUB_CACHE: cache } });
  expect(summary.kernels).toMatchObject([
    { path: expect.stringContaining('debian/12/aarch64/6.1.0-99-arm64') },
  ]);
  expect(summary.warnings).toEqual([]);
});
