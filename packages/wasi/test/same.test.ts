// The module does what the native command does: exit code, both streams and files, to the byte.
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../dist/node.js';
import {
  type Files,
  inWasi,
  kernel,
  kernelFiles,
  kernels,
  native,
  programFiles,
  programs,
} from './support.js';

const execsnoop = 'bpfel/execsnoop.bpf.o';
const fields = 'bpfel/fields.bpf.o';

/** Folders cannot be listed, and there is one thread; so kernels are named, and the native command is given one too. */
const from = ['--from', ...kernels, '--jobs', '1'];

/** Runs both on the archive's kernels, the programs named and `files`. */
async function same(args: readonly string[], files: Files = {}) {
  const named = Object.entries({ ...programFiles, ...kernelFiles }).filter(([path]) => args.includes(path));
  const given = { ...Object.fromEntries(named), ...files };
  const expected = await native(args, given);
  expect(await inWasi(args, given)).toEqual(expected);
  return expected;
}

const packs = new Map<string, Promise<Files>>();

/** A pack for all kernels. */
function packed(output: string): Promise<Files> {
  const pack = packs.get(output) ?? same(['pack', execsnoop, ...from, '-o', output]).then(only);
  packs.set(output, pack);
  return pack;

  function only({ files }: RunResult): Files {
    expect(Object.keys(files)).toEqual([output]);
    return files;
  }
}

test.each(programs)('pack %s for a kernel of each series', async (program) => {
  await same(['pack', program, ...from, '--json', '-o', 'out.tar']);
});

test.each(kernels)('trim %s', async (kernel) => {
  for (const program of [execsnoop, 'bpfel/types.bpf.o', 'bpfeb/types.bpf.o']) {
    await same(['trim', kernel, 'out.btf', program]);
  }
});

describe('pack', () => {
  test.each([
    [['-o', 'out.tar.gz']],
    [['-o', 'out/']],
    [['-o', 'out.h']],
    [['-o', 'out.o', '--target', 'x86_64']],
    [['-o', 'out.tar.gz', '--layout', 'bcc']],
    [['-o', 'out/', '--layout', 'flat']],
    [['--sizes']],
    [['--btf-compat']],
    [[]],
  ])('%s', async (options) => {
    const { exitCode, files } = await same(['pack', execsnoop, ...from, ...options]);
    expect(exitCode).toBe(0);
    expect(files).not.toEqual({});
  });

  test('replaces a file that is there', async () => {
    const { files } = await same(['pack', execsnoop, ...from, '-o', 'out.tar'], {
      'out.tar': new Uint8Array(99_999),
    });
    expect(files['out.tar']?.length).toBeLessThan(99_999);
  });
});

describe('a pack', () => {
  test.each(['out.tar', 'out.tar.gz'])('%s is verified, inspected and chosen from', async (output) => {
    const pack = await packed(output);
    for (const json of [[], ['--json']]) {
      await same(['verify', output, ...json], pack);
      await same(['verify', output, fields, ...json], pack);
      await same(['inspect', output, ...json], pack);
    }
  });

  const machine = ['--machine', 'x86_64', '--release', '4.18.0-193.el8.x86_64'];

  test.each([
    ['the machine it is for', 'ID=centos\nVERSION_ID=8\n', machine],
    ['another', 'ID=arch\n', ['--machine', 'x86_64', '--release', '6.9.1-arch1']],
    [
      'the nearest',
      'ID=centos\nVERSION_ID=8\n',
      ['--machine', 'x86_64', '--release', '4.18.0-9', '--nearest'],
    ],
  ])('select: %s', async (_what, osRelease, options) => {
    const files = { ...(await packed('out.tar')), 'os-release': Buffer.from(osRelease) };
    for (const json of [[], ['--json']]) {
      await same(['select', 'out.tar', '--os-release', 'os-release', ...options, ...json], files);
    }
  });

  test('select --fleet', async () => {
    const fleet = Buffer.from('centos 8 x86_64 4.18.0-193.el8.x86_64\ndebian 12 x86_64 6.1.0-9-amd64\n');
    await same(['select', 'out.tar', '--fleet', 'fleet'], { ...(await packed('out.tar')), fleet });
  });
});

test.each(programs)('inspect %s', async (program) => {
  await same(['inspect', program]);
  await same(['inspect', program, '--json']);
});

test.each([execsnoop, 'bpfel/missing.bpf.o'])(
  'inspect %s --against a kernel of each series',
  async (program) => {
    await same(['inspect', program, '--against', ...kernels]);
  },
);

test('inspect a kernel', async () => {
  await same(['inspect', kernel]);
});

test('diff', async () => {
  const [a = '', b = a] = kernels;
  for (const options of [['task_struct'], ['task_struct', '--json'], []]) {
    await same(['diff', a, b, ...options]);
  }
});

test('dump', async () => {
  for (const options of [
    ['task_struct'],
    ['task_struct', '--format', 'raw'],
    ['task_struct', '--format', 'json'],
    [],
  ]) {
    await same(['dump', kernel, ...options]);
  }
});

test.each([
  ['no command', []],
  ['--version', ['--version']],
  ['--help', ['--help']],
  ['help of a command', ['pack', '--help']],
  ['a completion script', ['completions', 'bash']],
  ['an unknown option', ['pack', '--frm', 'x']],
  ['an unknown command', ['pakc']],
  ['a missing argument', ['trim', 'x']],
  ['a missing program', ['pack', 'missing.bpf.o']],
  ['a missing kernel', ['trim', 'missing.btf', 'out', execsnoop]],
  ['a missing folder', ['trim', kernel, 'missing/out', execsnoop]],
  ['what is no program', ['trim', kernel, 'out', kernel]],
  ['what is no kernel', ['trim', execsnoop, 'out', 'bpfel/no_core.bpf.o']],
  ['what is no pack', ['verify', execsnoop]],
  ['the output is the program', ['pack', execsnoop, '-o', execsnoop]],
  ['too large', ['pack', execsnoop, ...from, '--max-size', '1K']],
])('%s', async (_what, args) => {
  await same(args);
});
