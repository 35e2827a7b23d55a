// Every hostile input of packages/fixtures ends in its code, through the built command line.
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostileInput } from '@bpfc/fixtures';
import { hostile } from '@bpfc/fixtures';
import { expect, test } from 'vitest';
import { btfPack, fewKernels, object, packJson, scratch } from './support.js';

const inputs: HostileInput[] = JSON.parse(readFileSync(new URL('hostile.json', hostile), 'utf8'));
const path = (file: string) => fileURLToPath(new URL(file, hostile));

/** Of an input that is read without complaint and walks into the trap when it is relocated. */
const whenRelocated = ({ code }: HostileInput) => code.startsWith('RELO_');

test('a kernel that cannot be read is skipped, with its code', async () => {
  const unreadable = inputs.filter((input) => input.as === 'kernel' && !whenRelocated(input));
  const archive = await scratch();
  const folder = join(archive, 'a/1/x86_64');
  await mkdir(folder, { recursive: true });
  for (const { file } of unreadable) await copyFile(path(file), join(folder, basename(file)));
  await copyFile(object('bootstrap'), join(folder, 'good.btf'));
  const summary = await packJson([object('bootstrap'), '--from', archive, '-o', join(archive, 'out.tar')]);
  expect(Object.fromEntries(summary.broken.map(({ source, code }) => [basename(source), code]))).toEqual(
    Object.fromEntries(unreadable.map(({ file, code }) => [basename(file), code])),
  );
});

test.each(inputs.filter((input) => input.as === 'kernel' && whenRelocated(input)))(
  'a kernel that traps the relocation is skipped or packed, and named with its code: $file',
  async ({ file, code, with: program = '' }) => {
    const archive = await scratch();
    await mkdir(join(archive, 'a/1/x86_64'), { recursive: true });
    await copyFile(object(program), join(archive, 'a/1/x86_64/good.btf'));
    const from = ['--from', archive, path(file)];
    const summary = await packJson([object(program), ...from, '-o', join(archive, 'out.tar')]);
    const codes = [...summary.broken, ...summary.wouldNotLoad.map(({ failure }) => failure)];
    expect(codes.map((problem) => problem.code)).toEqual([code]);
  },
);

test.each(inputs.filter((input) => input.as === 'object' && !whenRelocated(input)))(
  'an object that cannot be read fails with its code: $file',
  async ({ file, code }) => {
    const out = await scratch();
    const run = await btfPack(['pack', path(file), ...fewKernels, '-o', join(out, 'out.tar')]);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr.startsWith(`btf-pack: ${code}: ${path(file)}: `), run.stderr).toBe(true);
    expect(await readdir(out)).toEqual([]);
  },
);

test.each(inputs.filter((input) => input.as === 'object' && whenRelocated(input)))(
  'an object that libbpf refuses everywhere is named with its code: $file',
  async ({ file, code }) => {
    const out = join(await scratch(), 'out.tar');
    const summary = await packJson([path(file), ...fewKernels, '-o', out]);
    expect(new Set(summary.wouldNotLoad.map(({ failure }) => failure.code))).toEqual(new Set([code]));
    expect(summary.wouldNotLoad).toHaveLength(summary.totals.kernels);
  },
);
