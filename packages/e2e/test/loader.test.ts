// `@bpfc/loader` and `btf-pack run` as npm installs them, with koffi and without, on the running kernel.
import { execFileSync, spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objects } from '@bpfc/fixtures';
import { inNamespace, liveIn, NATIVE } from '@bpfc/fixtures/live';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { install, remove, run, scratch, tarball } from './support.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/node/execsnoop.mjs', import.meta.url));

/** Where the tarballs are, with koffi, and without. */
let [tarballs, whole, bare] = ['', '', ''];

beforeAll(async () => {
  [tarballs, whole, bare] = await Promise.all([scratch(), scratch(), scratch()]);
  const packages = ['core', 'hub', 'image', 'loader', 'btf-pack'] as const;
  const files = await Promise.all(packages.map((name) => tarball(name, tarballs)));
  await install(whole, files);
  await install(bare, files, '--omit=optional');
  for (const folder of [whole, bare]) {
    await copyFile(new URL('bpfel/execsnoop.bpf.o', objects), join(folder, 'execsnoop.bpf.o'));
    await copyFile(EXAMPLE, join(folder, 'execsnoop.mjs'));
  }
});

afterAll(() => Promise.all([tarballs, whole, bare].map(remove)));

const live = liveIn<TestContext>(test);

const pack = (folder: string) =>
  run(folder, 'npx', [
    '--no',
    'btf-pack',
    'pack',
    'execsnoop.bpf.o',
    '--from',
    NATIVE,
    '-o',
    'execsnoop.tar',
  ]);

/** Runs a program of a folder where the kernel's BTF is hidden, until it prints what is executed meanwhile. */
function seeing(
  folder: string,
  executed: string,
  args: readonly string[],
): Promise<[status: number | null, stdout: string]> {
  const [command = '', ...rest] = [...inNamespace(), ...args];
  const child = spawn(command, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const executing = setInterval(() => execFileSync(executed), 100);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    // Once: a second one ends it at once.
    if (!child.killed && stdout.includes(executed)) child.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      clearInterval(executing);
      resolve([status, stdout]);
    });
  });
}

describe('with koffi', () => {
  live('the example and the command see a process, and end with Ctrl-C', async () => {
    await pack(whole);
    const executed = join(whole, `e2e${process.pid}`);
    await copyFile('/bin/true', executed);
    const command = join(whole, 'node_modules/.bin/btf-pack');
    for (const args of [
      [process.execPath, 'execsnoop.mjs', 'execsnoop.tar'],
      [command, 'run', 'execsnoop.tar'],
    ]) {
      const [status, stdout] = await seeing(whole, executed, args);
      expect(status).toBe(0);
      expect(stdout).toContain(executed);
    }
  });
});

describe('without koffi', () => {
  live('packs are made, and read', async () => {
    await pack(bare);
    const script = `
      import { readFileSync } from 'node:fs';
      import { select } from '@bpfc/loader';
      console.log(select(readFileSync('execsnoop.tar')).source);`;
    expect(await run(bare, process.execPath, ['--input-type=module', '--eval', script])).toBe('native\n');
  });

  live('run says what is missing, and how to get it', async () => {
    await pack(bare);
    const running = run(bare, 'npx', ['--no', 'btf-pack', 'run', 'execsnoop.tar']);
    await expect(running).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^btf-pack: LOADER_KOFFI: .* not installed: npm install koffi@\d+\.\d+\.\d+$/m,
      ),
    });
  });
});
