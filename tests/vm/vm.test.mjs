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

const COMMANDS = {
  kernel: 'uname -r',
  btf: 'ls /sys/kernel/btf',
  ...Object.fromEntries(EXAMPLES.map(({ name, served }) => [`${name}, served`, `trace ${served}`])),
  ...Object.fromEntries(EXAMPLES.map(({ name, lacking }) => [`${name}, lacking`, `trace ${lacking}`])),
};

/** What the examples' commands name, from where it was built. */
async function builtFiles() {
  const words = EXAMPLES.flatMap(({ served, lacking }) => [served, lacking].join(' ').split(' '));
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  for (const file of words.map((word) => word.slice(1))) {
    files.set(file, await readFile(join(root, 'target', 'vm', file)));
  }
  return files;
}

describe(`on a kernel without BTF (${RELEASE})`, () => {
  /** @type {Record<string, import('./machine.mjs').Result>} */
  let results = {};

  const boot = async () => {
    results = await runInMachine(await builtFiles(), COMMANDS);
  };
  // The machine stops itself before that, and says more.
  beforeAll(boot, 2 * LIMIT * 1000);

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
