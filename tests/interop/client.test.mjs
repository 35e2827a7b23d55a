// The published client of the packs, ecli-rs, runs ours as they are, on this machine's kernel with its BTF hidden. Takes root.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { inNamespace, NATIVE } from '../../packages/fixtures/live.mjs';
import { targetFolder } from '../../tools/cargo.mjs';
import { ecli } from '../../tools/interop.mjs';
import { root } from '../../tools/process.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'bpfc-interop-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Seconds that the client gets to say what is expected of it. */
const LIMIT = 30;

/** The pack of a fixture for this machine's kernel. @param {string} name */
function packOf(name) {
  const pack = join(scratch, `${name}.tar`);
  const object = join(root, 'packages', 'fixtures', 'objects', 'bpfel', `${name}.bpf.o`);
  const bpfc = join(targetFolder(), 'release', 'bpfc');
  const made = spawnSync(bpfc, ['pack', object, '--from', NATIVE, '-o', pack]);
  expect(made.stderr.toString()).toBe('');
  return pack;
}

/**
 * Runs a program with the kernel's BTF hidden, executes a process named `witness` again and again, and stops when the
 * program has printed what is expected, has ended, or has had its time. Returns all that it printed.
 * @param {string[]} command
 * @param {RegExp} expected
 */
async function watch(command, expected) {
  const witness = join(scratch, 'witness');
  writeFileSync(witness, '#!/bin/true\n', { mode: 0o755 });
  const [unshare = '', ...args] = inNamespace();
  const child = spawn(unshare, [...args, ...command]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const end = performance.now() + LIMIT * 1000;
  const runs = () => child.exitCode === null && child.signalCode === null;
  while (runs() && !expected.test(said) && performance.now() < end) {
    spawnSync(witness);
    await sleep(100);
  }
  child.kill('SIGKILL');
  await ended;
  return said;
}

describe('ecli-rs runs a pack on a kernel whose BTF is hidden', () => {
  it(
    'and prints the process that is executed (bootstrap: ring buffer)',
    async () => {
      const event = /^[\d:]+ +\d+ +\d+ .* witness +\S*\/witness +false/m;
      expect(await watch([ecli, 'run', packOf('bootstrap')], event)).toMatch(event);
    },
    2 * LIMIT * 1000,
  );

  // It asks for events of the struct's full size, and execsnoop sends as much of it as it has filled.
  it(
    'and gets its events (execsnoop: perf buffer)',
    async () => {
      const event = /Input buffer is too small when trying to slice bytes for field args/;
      expect(await watch([ecli, 'run', '--json', packOf('execsnoop')], event)).toMatch(event);
    },
    2 * LIMIT * 1000,
  );

  it('which without the BTF of the pack it cannot', async () => {
    const program = join(scratch, 'package.json');
    writeFileSync(program, spawnSync('tar', ['-xOf', packOf('bootstrap'), './package.json']).stdout);
    const refusal = /All ways tried to find vmlinux BTF, but not found/;
    expect(await watch([ecli, 'run', program], refusal)).toMatch(refusal);
  });
});
