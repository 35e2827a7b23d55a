// `btf-pack verify`: a good pack is good, and each way of being wrong is named.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPack, openPack } from '@bpfc/core';
import { expect, test } from 'vitest';
import { btfPack, fewKernels, object, packJson, scratch } from './support.js';

const PATH = 'btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf';

/** A pack of execsnoop with more entries, or others. */
async function changed(folder: string, change: (files: Map<string, Uint8Array>) => void): Promise<string> {
  const out = join(folder, 'out.tar');
  await packJson([object('execsnoop'), ...fewKernels, '-o', out]);
  using pack = openPack(await readFile(out));
  const files = new Map(pack.entries().map(({ path }) => [path, pack.read(path) ?? new Uint8Array()]));
  change(files);
  const entries = Array.from(files, ([path, bytes]) => ({ path, bytes }));
  await writeFile(out, createPack({ entries, container: 'tar' }));
  return out;
}

async function problems(out: string, ...programs: string[]) {
  const run = await btfPack(['verify', out, ...programs, '--json']);
  expect(run).toMatchObject({ status: 1, stderr: expect.stringMatching(/^btf-pack: VERIFY_FAILED: /) });
  return JSON.parse(run.stdout).problems.map(({ path, code }: { path: string; code: string }) => [
    path,
    code,
  ]);
}

test.each([
  ['bpf-compatible', 'out.tar'],
  ['bcc', 'out.tar.gz'],
  ['flat', 'out.tar'],
])('what pack writes in layout %s is good', async (layout, name) => {
  const out = join(await scratch(), name);
  const summary = await packJson([object('execsnoop'), ...fewKernels, '--layout', layout, '-o', out]);
  const run = await btfPack(['verify', out, object('execsnoop')]);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).toContain(`${out}: good, ${summary.totals.kernels} entries in layout ${layout}, `);
});

test('without a program there is none to simulate, and the entries are parsed', async () => {
  const out = join(await scratch(), 'out.tar.gz');
  await packJson([object('execsnoop'), ...fewKernels, '--layout', 'bcc', '-o', out]);
  const run = await btfPack(['verify', out]);
  expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('no program to simulate') });
});

test('an entry that no reader looks for is VERIFY_STRAY', async () => {
  const out = await changed(await scratch(), (files) => {
    files.set('README', Buffer.from('about'));
    files.set('btfhub-archive/debian/12/arm64/6.1.0.btf', [...files.values()][0] ?? new Uint8Array());
  });
  expect(await problems(out)).toEqual(
    expect.arrayContaining([
      ['README', 'VERIFY_STRAY'],
      // The reader asks for what `uname -m` prints: aarch64.
      ['btfhub-archive/debian/12/arm64/6.1.0.btf', 'VERIFY_STRAY'],
    ]),
  );
});

test('an entry that does not parse has the code of what is wrong with it', async () => {
  const out = await changed(await scratch(), (files) => files.set(PATH, Buffer.from('not BTF')));
  expect(await problems(out)).toEqual([[PATH, 'BTF_MAGIC']]);
});

test('an entry that was trimmed for another program is VERIFY_NOT_TRIMMED', async () => {
  const folder = await scratch();
  const out = join(folder, 'out.tar.gz');
  await packJson([object('execsnoop'), object('bitfields'), ...fewKernels, '-o', out]);
  const found = await problems(out, object('fields'));
  expect(new Set(found.map(([, code]: string[]) => code))).toEqual(new Set(['VERIFY_NOT_TRIMMED']));
  const both = await btfPack(['verify', out, object('execsnoop'), object('bitfields')]);
  expect(both).toMatchObject({ status: 0, stderr: '' });
});

test('a program that would not load is named, and no flaw of the pack', async () => {
  const out = join(await scratch(), 'out.tar');
  await packJson([object('ambiguous'), ...fewKernels, '-o', out]);
  const run = await btfPack(['verify', out]);
  expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/would not load: RELO_/) });
});

test('a package.json without a program is PACK_PACKAGE, and what is no pack PACK_FORMAT', async () => {
  const folder = await scratch();
  const out = await changed(folder, (files) => files.set('package.json', Buffer.from('{}')));
  expect(await problems(out)).toEqual([['package.json', 'PACK_PACKAGE']]);
  await writeFile(join(folder, 'text'), 'text');
  expect(await btfPack(['verify', join(folder, 'text')])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^btf-pack: PACK_FORMAT: .*text: /),
  });
});
