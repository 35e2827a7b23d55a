import type { Requirement } from '@bpfc/core';
import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { renderSummary, size } from './render.js';
import type { PackedKernel, PackSummary } from './summary.js';

function kernel(id: string, version: string, release: string, sha256: string): PackedKernel {
  const identity = { id, version, arch: 'x86_64', release };
  const path = `btfhub-archive/${id}/${version}/x86_64/${release}.btf`;
  return {
    path,
    identity,
    source: `/a/${release}.btf.tar.xz`,
    bytesIn: 4_600_000,
    bytesOut: 1234,
    types: 9,
    sha256,
    modules: [],
  };
}

const plain: PackSummary = {
  output: {
    path: 'execsnoop.tar',
    container: 'tar',
    layout: 'bpf-compatible',
    bytes: 41_300,
    packageJson: true,
  },
  programs: [
    {
      file: 'execsnoop.bpf.o',
      sha256: '00',
      endian: 'little',
      arch: null,
      relocations: 7,
      optional: [],
      requirements: [],
      notes: [],
    },
  ],
  origin: '../btfhub-archive',
  kernels: [
    kernel('debian', '10', '4.19.0-22-amd64', 'a'),
    kernel('ubuntu', '20.04', '5.4.0-26-generic', 'b'),
    kernel('ubuntu', '20.04', '5.4.0-28-generic', 'b'),
  ],
  aliases: [],
  totals: { kernels: 3, differentBtfs: 2, bytesIn: 13_800_000, bytesOut: 3702 },
  lost: [],
  wouldNotLoad: [],
  broken: [],
  leftOut: [],
  warnings: [],
  notes: [],
  jobs: 2,
  milliseconds: 2310,
};

test('the summary shows kernels, different BTFs, bytes in and out, time and warnings', () => {
  expect(renderSummary(plain, createColors(false))).toMatchInlineSnapshot(`
    "execsnoop.tar: package.json and 3 kernels, 41.3 KB

                         kernels  different BTFs  bytes in  bytes out
    debian/10/x86_64           1               1   4.60 MB    1.23 KB
    ubuntu/20.04/x86_64        2               1   9.20 MB    2.47 KB
    all                        3               2   13.8 MB    3.70 KB

    program       execsnoop.bpf.o: 7 CO-RE relocations
    kernels from  ../btfhub-archive
    time          2.31 s, 2 threads
    warnings      0
    "
  `);
});

test('what went wrong is named: broken entries, kernels the program would not load on, what was left out', () => {
  const [first, second] = plain.kernels;
  if (!first || !second) throw new Error('the sample has kernels');
  const failure = {
    code: 'RELO_AMBIGUOUS',
    message: 'two candidates',
    program: 'handle',
    section: 'tp/x',
    offset: 8,
  };
  const flawed: PackSummary = {
    ...plain,
    kernels: [first],
    programs: plain.programs.map((p) => ({ ...p, arch: 'x86_64', notes: ['reads no kernel types'] })),
    wouldNotLoad: [first, second].map(({ path, identity }) => ({
      path,
      identity,
      program: 'execsnoop.bpf.o',
      failure,
    })),
    broken: [{ source: 'a/b.btf.tar.xz', code: 'ARCHIVE_EMPTY', message: 'the tar holds no file' }],
    leftOut: [{ reason: 's390x, and the program is little-endian', kernels: ['x'] }],
    warnings: [
      { code: 'SOURCE_UNKNOWN', message: 'vmlinux.btf: the path does not say which kernel this is' },
    ],
  };
  expect(renderSummary(flawed, createColors(false))).toMatchInlineSnapshot(`
    "execsnoop.tar: package.json and 3 kernels, 41.3 KB

                      kernels  different BTFs  bytes in  bytes out
    debian/10/x86_64        1               1   4.60 MB    1.23 KB

    program       execsnoop.bpf.o: 7 CO-RE relocations, for x86_64
    kernels from  ../btfhub-archive
    time          2.31 s, 2 threads
    left out      1: s390x, and the program is little-endian
    warnings      2

    note: execsnoop.bpf.o: reads no kernel types

    packed, but the program would not load on 2 kernels, full BTF or trimmed:
      execsnoop.bpf.o: RELO_AMBIGUOUS: two candidates
        debian/10/x86_64/4.19.0-22-amd64
        ubuntu/20.04/x86_64/5.4.0-26-generic

    skipped, 1 broken entry:
      a/b.btf.tar.xz: ARCHIVE_EMPTY: the tar holds no file

    warning: SOURCE_UNKNOWN: vmlinux.btf: the path does not say which kernel this is
    "
  `);
});

test('what no pack serves is said with the program that needs it', () => {
  const requirements: Requirement[] = [
    { program: 'fentry_open', kind: 'fentry', what: 'do_sys_open', autoload: true },
    { program: 'fentry_open', kind: 'helper', what: 'd_path', autoload: true },
    { program: 'fentry_open', kind: 'type_id_target', what: 'struct file', autoload: true },
    { program: 'exec', kind: 'lsm', what: null, autoload: false },
    { program: 'exec', kind: 'ksym', what: 'bpf_prog_active', autoload: true },
    { program: null, kind: 'struct_ops', what: 'steady', autoload: true },
  ];
  const [program] = plain.programs;
  if (!program) throw new Error('the sample has a program');
  const needy = { ...program, optional: ['exec'], requirements };
  const blocks = (programs: PackSummary['programs']) =>
    renderSummary({ ...plain, programs }, createColors(false))
      .split('\n\n')
      .slice(3)
      .join('\n\n');
  expect(blocks([needy])).toMatchInlineSnapshot(`
    "needs the kernel's own BTF, which no pack replaces:
      fentry_open                   fentry (do_sys_open), helper (d_path)
      exec (not loaded by default)  lsm, ksym (bpf_prog_active) whatever is loaded
      the object                    struct_ops (steady)

    asks for ids of kernel types: they are ids in the trimmed BTF, not the running kernel's:
      fentry_open  struct file
    "
  `);
  expect(blocks([program, { ...needy, file: 'second.bpf.o' }])).toMatchInlineSnapshot(`
    "needs the kernel's own BTF, which no pack replaces:
      second.bpf.o: fentry_open                   fentry (do_sys_open), helper (d_path)
      second.bpf.o: exec (not loaded by default)  lsm, ksym (bpf_prog_active) whatever is loaded
      second.bpf.o: the object                    struct_ops (steady)

    asks for ids of kernel types: they are ids in the trimmed BTF, not the running kernel's:
      second.bpf.o: fentry_open  struct file
    "
  `);
  expect(blocks([program])).toBe('');
});

test('it stands out where it counts by default', () => {
  const text = (autoload: boolean) => {
    const requirements: Requirement[] = [{ program: 'exec', kind: 'lsm', what: 'file_open', autoload }];
    const programs = plain.programs.map((program) => ({ ...program, requirements }));
    return renderSummary({ ...plain, programs }, createColors(true));
  };
  expect(text(true)).toContain(
    createColors(true).yellow("needs the kernel's own BTF, which no pack replaces:"),
  );
  expect(text(false)).toContain("\nneeds the kernel's own BTF, which no pack replaces:\n");
});

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.00 KB'],
  [999_499, '999 KB'],
  [999_500, '1.00 MB'],
  [44_123_456, '44.1 MB'],
  [7_600_000_000, '7.60 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});
