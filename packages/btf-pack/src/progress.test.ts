import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { startProgress, startTransfer } from './progress.js';

function stream(isTTY: boolean): NodeJS.WriteStream & { text(): string } {
  const output = new PassThrough();
  return Object.assign(output, { isTTY, columns: 80, text: () => String(output.read() ?? '') }) as never;
}

async function run(isTTY: boolean): Promise<string> {
  const output = stream(isTTY);
  const progress = await startProgress(2, output);
  progress.step();
  progress.step();
  progress.stop();
  return output.text();
}

test('a terminal shows how far it is', async () => {
  expect(await run(true)).toContain('2/2 kernels');
});

test('anything else shows nothing', async () => {
  expect(await run(false)).toBe('');
});

async function transfer(isTTY: boolean, bytes: number | undefined): Promise<string> {
  const output = stream(isTTY);
  const shown = await startTransfer(2, bytes, output);
  shown.bytes(2000);
  shown.bytes(-2000);
  shown.file();
  shown.bytes(1000);
  shown.file();
  shown.stop();
  return output.text();
}

test.each([1000, undefined])(
  'files that arrive are counted, with the rate, where %s bytes are expected',
  async (bytes) => {
    expect(await transfer(true, bytes)).toMatch(/2\/2 files, [0-9.]+ (bytes|[KM]B)\/s/);
    expect(await transfer(false, bytes)).toBe('');
  },
);
