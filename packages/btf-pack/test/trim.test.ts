// `btf-pack trim`, in the place of `bpftool gen min_core_btf`.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPack, parseBtf } from '@bpfc/core';
import { expect, test } from 'vitest';
import { btfPack, kernelEnding, object, oneKernel, packJson, scratch } from './support.js';

test('writes what pack packs for the same kernel and programs, and prints nothing', async () => {
  const folder = await scratch();
  const kernel = join(folder, `kernel${kernelEnding}`);
  await writeFile(kernel, await oneKernel());
  const programs = [object('execsnoop'), object('bitfields')];
  const run = await btfPack(['trim', kernel, join(folder, 'min.btf'), ...programs]);
  expect(run).toMatchObject({ status: 0, stdout: '', stderr: '' });
  await packJson([...programs, '--from', kernel, '-o', join(folder, 'out.tar')]);
  using pack = openPack(await readFile(join(folder, 'out.tar')));
  const [packed] = pack.identities();
  if (!packed) throw new Error('nothing was packed');
  expect((await readFile(join(folder, 'min.btf'))).equals(pack.read(packed) ?? new Uint8Array())).toBe(true);
});

test('trims in place', async () => {
  const folder = await scratch();
  using btf = parseBtf(await oneKernel());
  const file = join(folder, 'kernel.btf');
  await writeFile(file, btf.bytes());
  expect(await btfPack(['trim', file, file, object('fields')])).toMatchObject({ status: 0 });
  using trimmed = parseBtf(await readFile(file));
  expect(trimmed.info().types).toBeLessThan(btf.info().types / 10);
  expect(await readdir(folder)).toEqual(['kernel.btf']);
});

test('where libbpf would refuse the program, says so and writes', async () => {
  const folder = await scratch();
  const kernel = join(folder, `kernel${kernelEnding}`);
  await writeFile(kernel, await oneKernel());
  const run = await btfPack(['trim', kernel, join(folder, 'min.btf'), object('ambiguous')]);
  expect(run).toMatchObject({ status: 0, stdout: '' });
  expect(run.stderr).toMatch(/^btf-pack: warning: .*ambiguous\.bpf\.o would not load on this kernel: RELO_/);
  expect(await readdir(folder)).toContain('min.btf');
});

test('a kernel that is none leaves no output', async () => {
  const folder = await scratch();
  await writeFile(join(folder, 'kernel.btf'), 'text');
  const run = await btfPack(['trim', join(folder, 'kernel.btf'), join(folder, 'min.btf'), object('fields')]);
  expect(run).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^btf-pack: BTF_MAGIC: .*kernel\.btf: /),
  });
  expect(await readdir(folder)).toEqual(['kernel.btf']);
});
