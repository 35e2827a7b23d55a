// Two hundred packs in one process: nothing of one is left when it is done.
import { readdirSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseBtf } from '@bpfc/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createProgram } from '../src/main.js';
import { object, oneKernel, scratch } from './support.js';

const WARM_UP = 20;
const PACKS = 200;

/** Every form of output, the last with two threads. */
const FORMS = [
  ['out.tar.gz', '1'],
  ['out/', '1'],
  ['out.o', '1'],
  ['out.h', '1'],
  ['out.tar', '2'],
];

const MB = 1e6;

test('200 packs in one process keep memory flat', async () => {
  const folder = await scratch();
  using btf = parseBtf(await oneKernel());
  const kernel = btf.bytes();
  const from = [join(folder, 'real.btf'), join(folder, 'small.btf')];
  await writeFile(join(folder, 'real.btf'), kernel);
  await copyFile(object('bootstrap'), join(folder, 'small.btf'));
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => stdout.mockRestore());
  const pack = async (n: number) => {
    const [out = '', jobs = ''] = FORMS[n % FORMS.length] ?? [];
    const args = ['pack', object('execsnoop'), '--from', ...from, '--jobs', jobs, '-o', join(folder, out)];
    await createProgram().parseAsync(args, { from: 'user' });
  };

  const atFirst = threads();
  for (let n = 0; n < WARM_UP; n++) await pack(n);
  const before = await measure(atFirst);
  for (let n = WARM_UP; n < PACKS; n++) await pack(n);
  const after = await measure(atFirst);

  expect(stdout.mock.calls.filter(([text]) => String(text).includes('and 2 kernels'))).toHaveLength(PACKS);
  // Each of the 180 packs in between read a kernel of some megabytes. Were a tenth of it kept, it would show; less is
  // within what the allocator and the garbage collector hold back.
  expect(kernel.byteLength).toBeGreaterThan(2 * MB);
  expect(after.rss - before.rss).toBeLessThan(32 * MB);
  expect(after.external - before.external).toBeLessThan(2 * MB);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 * MB);
  // Less than the program, of 22 KB, for each.
  expect(after.heapUsed - before.heapUsed).toBeLessThan(3 * MB);
  expect(after.listeners).toEqual(before.listeners);
});

const threads = () => readdirSync('/proc/self/task').length;

/** @param atFirst - threads without a pack; those of the last may be about to end */
async function measure(atFirst: number) {
  await expect.poll(threads, { timeout: 60_000 }).toBeLessThanOrEqual(atFirst);
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // Twice, and what is finalized in between: handles of WebAssembly free their memory then.
  gc();
  await sleep(50);
  gc();
  const { rss, external, arrayBuffers, heapUsed } = process.memoryUsage();
  const listeners = Object.fromEntries(
    ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((event) => [event, process.listenerCount(event)]),
  );
  return { rss, external, arrayBuffers, heapUsed, listeners };
}
