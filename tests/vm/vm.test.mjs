// The examples on a kernel that has no BTF: Debian's for s390x, big-endian. They were built by tests/vm/Makefile.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RELEASE } from '../../tools/debian.mjs';
import { root } from '../../tools/process.mjs';
import { LIMIT, runInMachine } from './machine.mjs';

/** How each example is started: with a pack that has the machine's kernel, and with one that lacks it. */
const EXAMPLES = [
  { name: 'bootstrap in C', served: '/with/bootstrap', lacking: '/without/bootstrap' },
  { name: 'execsnoop in C', served: '/with/execsnoop', lacking: '/without/execsnoop' },
  {
    name: 'bootstrap in Rust',
    served: '/bootstrap-rust /with/bootstrap.tar',
    lacking: '/bootstrap-rust /without/bootstrap.tar',
  },
];

describe(`on a kernel without BTF (${RELEASE})`, () => {
  /** @type {Record<string, import('./machine.mjs').Result>} */
  let results = {};

  beforeAll(async () => {
    const words = EXAMPLES.flatMap(({ served, lacking }) => [served, lacking]).join(' ');
    const files = [...new Set(words.split(' '))].map(async (path) => {
      const file = path.slice(1);
      return /** @type {const} */ ([file, await readFile(join(root, 'target', 'vm', file))]);
    });
    const traced = EXAMPLES.flatMap(({ name, served, lacking }) => [
      [`${name}, served`, `trace ${served}`],
      [`${name}, lacking`, `trace ${lacking}`],
    ]);
    const commands = { kernel: 'uname -r', btf: 'ls /sys/kernel/btf', ...Object.fromEntries(traced) };
    results = await runInMachine(new Map(await Promise.all(files)), commands);
  }, LIMIT * 1000);

  it('has none of its own', () => {
    expect(results.kernel?.output).toBe(`${RELEASE}\n`);
    expect(results.btf).toEqual({ output: 'ls: /sys/kernel/btf: No such file or directory\n', status: 1 });
  });

  it.each(EXAMPLES)('$name loads by the BTF of its pack and tells what is executed', ({ name }) => {
    expect(results[`${name}, served`]?.output).toMatch(/^\S.* \/bin\/witness$/m);
  });

  it.each(EXAMPLES)('$name says that its pack lacks this kernel', ({ name }) => {
    const result = results[`${name}, lacking`];
    expect(result?.output).toContain('PACK_NO_MATCH');
    expect(result?.output).toContain(RELEASE);
    expect(result?.status).toBe(1);
  });
});
