import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch } from '../test/support.js';
import { beginFile, beginTree, discardAll } from './output.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const tree = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([path, text]) => [path, bytes(text)]));

describe('a file', () => {
  test('shows nothing at its path before commit, and nothing beside it after', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'out'), 'old');
    const output = await beginFile(join(folder, 'out'));
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('old');
    await output.commit(bytes('new'));
    await output.discard();
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['out']);
  });

  test('that is discarded leaves the old one', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'out'), 'old');
    const output = await beginFile(join(folder, 'out'));
    await output.discard();
    expect(await readdir(folder)).toEqual(['out']);
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('old');
  });

  test('is removed by discardAll, which signal handlers call', async () => {
    const folder = await scratch();
    await beginFile(join(folder, 'out'));
    expect(await readdir(folder)).toHaveLength(1);
    discardAll();
    expect(await readdir(folder)).toEqual([]);
  });

  test('behind a link is replaced, not the link', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'real'), 'old');
    await symlink('real', join(folder, 'link'));
    const output = await beginFile(join(folder, 'link'));
    await output.commit(bytes('new'));
    await output.discard();
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
    expect((await readdir(folder)).sort()).toEqual(['link', 'real']);
  });

  test('that is a device is written to, not replaced', async () => {
    const output = await beginFile('/dev/null');
    await output.commit(bytes('gone'));
    await output.discard();
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('that cannot be made is IO_WRITE at once', async () => {
    await expect(beginFile('/nonexistent/out')).rejects.toMatchObject({
      code: 'IO_WRITE',
      message: '/nonexistent/out: no such file or folder',
    });
    await expect(beginFile(await scratch())).rejects.toMatchObject({ code: 'IO_WRITE' });
  });
});

describe('a folder', () => {
  test('appears whole', async () => {
    const folder = await scratch();
    const output = await beginTree(join(folder, 'pack'));
    expect(await readdir(folder)).not.toContain('pack');
    await output.commit(tree({ 'package.json': '{}', 'btfhub-archive/a/1/x/r.btf': 'btf' }));
    await output.discard();
    expect(await readFile(join(folder, 'pack/btfhub-archive/a/1/x/r.btf'), 'utf8')).toBe('btf');
    expect(await readdir(folder)).toEqual(['pack']);
  });

  test('replaces an earlier pack, with nothing of it left', async () => {
    const folder = await scratch();
    for (const release of ['one', 'two']) {
      const output = await beginTree(join(folder, 'pack'));
      await output.commit(tree({ [`btfhub-archive/${release}.btf`]: release }));
      await output.discard();
    }
    expect(await readdir(join(folder, 'pack/btfhub-archive'))).toEqual(['two.btf']);
    expect(await readdir(folder)).toEqual(['pack']);
  });

  test('that holds anything else is not replaced', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'home'));
    await writeFile(join(folder, 'home/thesis.txt'), 'years of work');
    await expect(beginTree(join(folder, 'home'))).rejects.toMatchObject({ code: 'OUTPUT_NOT_A_PACK' });
    expect(await readFile(join(folder, 'home/thesis.txt'), 'utf8')).toBe('years of work');
  });
});
