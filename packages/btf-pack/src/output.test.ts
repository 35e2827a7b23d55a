import { spawnSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch } from '../test/support.js';
import { beginFile, beginTree, discardAll, temporaryBeside } from './output.js';
import { ownName } from './owner.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const tree = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([path, text]) => [path, bytes(text)]));

describe('a file', () => {
  test('shows nothing at its path or beside it before commit, and nothing beside it after', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'out'), 'old');
    const output = await beginFile(join(folder, 'out'));
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['out']);
    await output.commit(bytes('new'));
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['out']);
    await output.discard();
    expect(await readdir(folder)).toEqual(['out']);
  });

  test('keeps the permissions of the one it replaces', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'out'), 'old');
    await chmod(join(folder, 'out'), 0o440);
    const output = await beginFile(join(folder, 'out'));
    await output.commit(bytes('new'));
    await output.discard();
    expect((await stat(join(folder, 'out'))).mode & 0o777).toBe(0o440);
  });

  test('that is discarded leaves the old one', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'out'), 'old');
    const output = await beginFile(join(folder, 'out'));
    await output.discard();
    expect(await readdir(folder)).toEqual(['out']);
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('old');
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

  test('behind a link that leads nowhere yet is made where it leads', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'inside'));
    await symlink('inside/other', join(folder, 'link'));
    await symlink('../real', join(folder, 'inside/other'));
    const output = await beginFile(join(folder, 'link'));
    await output.commit(bytes('new'));
    await output.discard();
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
    expect(await readlink(join(folder, 'link'))).toBe('inside/other');
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
    await expect(beginFile(join(await scratch(), 'x'.repeat(256)))).rejects.toMatchObject({
      code: 'IO_WRITE',
      message: expect.stringMatching(/: the name is too long$/),
    });
  });

  test('may have a name of any length that the file system allows', async () => {
    const folder = await scratch();
    const name = 'ö'.repeat(127);
    const output = await beginFile(join(folder, name));
    await output.commit(bytes('new'));
    await output.discard();
    expect(await readdir(folder)).toEqual([name]);
  });
});

describe('a folder', () => {
  test('appears whole', async () => {
    const folder = await scratch();
    const output = await beginTree(join(folder, 'pack'));
    expect(await readdir(folder)).toEqual([]);
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

  test('that something else was put into since it was begun is not replaced', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'pack'));
    const output = await beginTree(join(folder, 'pack'));
    await writeFile(join(folder, 'pack/thesis.txt'), 'years of work');
    await expect(output.commit(tree({ 'package.json': '{}' }))).rejects.toMatchObject({
      code: 'OUTPUT_NOT_A_PACK',
    });
    await output.discard();
    expect(await readdir(folder)).toEqual(['pack']);
    expect(await readdir(join(folder, 'pack'))).toEqual(['thesis.txt']);
  });

  test('that somebody else made since it was begun is replaced if it is a pack', async () => {
    const folder = await scratch();
    const outputs = [await beginTree(join(folder, 'pack')), await beginTree(join(folder, 'pack'))];
    for (const [n, output] of outputs.entries()) {
      await output.commit(tree({ 'package.json': String(n) }));
      await output.discard();
    }
    expect(await readFile(join(folder, 'pack/package.json'), 'utf8')).toBe('1');
    expect(await readdir(folder)).toEqual(['pack']);
  });
});

describe('what a process has left that was killed', () => {
  const [place = ''] = ownName().split('-');
  const ended = `${place}-${spawnSync('true').pid}-1`;

  /** A temporary as a process of that name makes it: of a folder, one that was between its two renames. */
  async function leave(target: string, owner: string, kind: 'file' | 'folder'): Promise<string> {
    const temporary = temporaryBeside(target).replace(ownName(), owner);
    if (kind === 'file') await writeFile(temporary, 'half');
    else {
      await mkdir(join(temporary, 'new'), { recursive: true });
      await mkdir(join(temporary, 'old'));
      await writeFile(join(temporary, 'new/package.json'), 'new');
      await writeFile(join(temporary, 'old/package.json'), 'old');
    }
    return temporary;
  }

  test.each(['file', 'folder'] as const)('beside a %s goes when the same is begun again', async (kind) => {
    const folder = await scratch();
    const out = join(folder, 'out');
    await leave(out, ended, 'file');
    await leave(out, ended, 'file');
    await (kind === 'file' ? beginFile(out) : beginTree(out));
    expect(await readdir(folder)).toEqual([]);
  });

  test('behind a link goes too', async () => {
    const [folder, elsewhere] = [await scratch(), await scratch()];
    await symlink(join(elsewhere, 'real'), join(folder, 'link'));
    await leave(join(elsewhere, 'real'), ended, 'file');
    await beginFile(join(folder, 'link'));
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('between the two renames of a folder: the old one is put back', async () => {
    const [folder, elsewhere] = [await scratch(), await scratch()];
    await symlink(join(elsewhere, 'real'), join(folder, 'link'));
    await leave(join(elsewhere, 'real'), ended, 'folder');
    const output = await beginTree(join(folder, 'link'));
    await output.discard();
    expect(await readdir(elsewhere)).toEqual(['real']);
    expect(await readFile(join(folder, 'link/package.json'), 'utf8')).toBe('old');
  });

  test('after the two renames of a folder: the new one stays', async () => {
    const folder = await scratch();
    const temporary = await leave(join(folder, 'pack'), ended, 'folder');
    await rename(join(temporary, 'new'), join(folder, 'pack'));
    await beginTree(join(folder, 'pack'));
    expect(await readdir(folder)).toEqual(['pack']);
    expect(await readFile(join(folder, 'pack/package.json'), 'utf8')).toBe('new');
  });

  test('is told from what others are at, and from what is not ours', async () => {
    const folder = await scratch();
    const out = join(folder, 'out');
    const here = [
      await leave(out, ownName(), 'file'),
      // Of this process id, but an earlier process.
      await leave(out, `${place}-${process.pid}-1`, 'file'),
      // Of another machine, just now and yesterday.
      await leave(out, '01234567-1-1', 'file'),
      await leave(out, '01234567-2-1', 'file'),
      await leave(join(folder, 'out.tar'), ended, 'file'),
      join(folder, '.out.notes.1.tmp'),
    ];
    await writeFile(join(folder, '.out.notes.1.tmp'), 'mine');
    const yesterday = Date.now() / 1000 - 24 * 60 * 60;
    for (const n of [0, 3, 5]) await utimes(here[n] ?? '', yesterday, yesterday);
    await beginFile(out);
    const names = (await readdir(folder)).map((name) => join(folder, name));
    expect(names.sort()).toEqual([0, 2, 4, 5].map((n) => here[n]).sort());
  });
});

test('what is temporary is removed by discardAll, which signal handlers call', async () => {
  const temporary = temporaryBeside(join(await scratch(), 'out'));
  await mkdir(join(temporary, 'inside'), { recursive: true });
  discardAll();
  expect(await readdir(dirname(temporary))).toEqual([]);
});
