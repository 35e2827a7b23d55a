// `btf-pack.toml` beside the program.
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { btfPack, filesInTar, kernels, object, packJson, scratch } from './support.js';

/** A project: a program with what is said of it beside. */
async function project(toml: string): Promise<string> {
  const folder = await scratch();
  await copyFile(object('fields'), join(folder, 'tool.bpf.o'));
  await writeFile(join(folder, 'btf-pack.toml'), toml);
  return folder;
}

const FEW = kernels.archive ? "kernels = ['debian/12/*']\n" : '';
const FROM = `from = [${JSON.stringify(kernels.from)}]\n`;
const WHOLE = `objects = ['tool.bpf.o']\n${FROM}${FEW}arch = ['x86_64']\nlayout = 'flat'\noutput = 'btfs.tar.gz'\n`;

test('says what pack, trim and verify are not told', async () => {
  const cwd = await project(WHOLE);
  const summary = await packJson([], { cwd });
  expect(summary.output).toMatchObject({ container: 'tar.gz', layout: 'flat' });
  expect(summary.programs).toHaveLength(1);
  expect(new Set(summary.kernels.map(({ identity }) => identity.arch))).toEqual(new Set(['x86_64']));
  expect((await filesInTar(join(cwd, 'btfs.tar.gz'))).size).toBeGreaterThan(0);
  expect(await btfPack(['verify'], { cwd })).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('good'),
  });
  const kernel = summary.kernels[0]?.source ?? '';
  expect(await btfPack(['trim', kernel, 'min.btf'], { cwd })).toMatchObject({ status: 0 });
  expect((await readdir(cwd)).sort()).toEqual(['btf-pack.toml', 'btfs.tar.gz', 'min.btf', 'tool.bpf.o']);
});

test('is found beside the program, and its paths are relative to it', async () => {
  const folder = await project(WHOLE);
  const summary = await packJson([join(folder, 'tool.bpf.o')]);
  expect(summary.output.path).toBe(join(folder, 'btfs.tar.gz'));
});

test('gives way to flags', async () => {
  const cwd = await project(WHOLE);
  const args = ['--layout', 'bcc', '-o', 'mine.tar.gz', '--kernels', '*', '--arch', 'x86_64'];
  const summary = await packJson(args, { cwd });
  expect(summary.output).toMatchObject({ path: 'mine.tar.gz', layout: 'bcc' });
  expect(await readdir(cwd)).not.toContain('btfs.tar.gz');
});

test.each([
  ['an unknown key', "from = ['a']\n\nkernel = 'x'\n", ":3: unknown key 'kernel'"],
  ['an unknown table', "arch = ['x86_64']\n[pack]\nfrom = ['a']\n", ":2: unknown key 'pack'"],
  ['a value of another type', '\noutput = 1\n', ":2: 'output' has to be a path"],
  ['a list of another type', 'objects = [1]\n', ":1: 'objects' has to be a list of paths"],
  ['a layout of nobody', "layout = 'zip'\n", ":1: 'layout' has to be one of bpf-compatible, bcc, ig, flat"],
  ['what is no TOML', "arch = ['x']\nfrom = [\n", ':'],
])('%s is CONFIG_INVALID, with the line', async (_what, toml, text) => {
  const cwd = await project(toml);
  for (const args of [['pack'], ['btfgen'], ['trim', 'kernel', 'out'], ['verify', 'pack']]) {
    const run = await btfPack(args, { cwd });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^btf-pack: CONFIG_INVALID: btf-pack\.toml:\d+: [^\n]+\n$/);
    expect(run.stderr).toContain(text);
  }
});
