import { expect, test } from 'vitest';
import { commandLine } from './command-line.js';
import type { PackOrder } from './packer.js';

const order = (some: Partial<Record<keyof PackOrder, unknown>>, kernels: readonly string[]) =>
  ({
    programs: [{ name: 'tool.bpf.o' }],
    main: '',
    kernels: kernels.map((path) => ({ path })),
    output: '',
    layout: 'bpf-compatible',
    arch: 'x86_64',
    globs: [],
    aliases: true,
    strict: false,
    compat: false,
    ...some,
  }) as unknown as PackOrder;

test('few kernels are named, many by their folders', () => {
  expect(commandLine(order({}, ['a.btf', "it's.btf"]), 'tool.tar')).toBe(
    `btf-pack pack tool.bpf.o --from a.btf 'it'\\''s.btf' -o tool.tar`,
  );
  const many = ['1', '2', '3', '4', '5'].map((release) => `archive/debian/12/x86_64/${release}.btf.tar.xz`);
  expect(commandLine(order({}, many), 'tool.tar')).toBe(
    'btf-pack pack tool.bpf.o --from archive -o tool.tar',
  );
});

test('what is not the default is said', () => {
  const some = {
    globs: ['debian/*'],
    layout: 'ig',
    aliases: false,
    strict: true,
    compat: true,
    main: 'tool.bpf.o',
  };
  expect(commandLine(order(some, ['a.btf']), 'x.tar.gz')).toBe(
    "btf-pack pack tool.bpf.o --from a.btf --kernels 'debian/*' --layout ig --main tool.bpf.o --no-aliases --strict --btf-compat -o x.tar.gz",
  );
});
