import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { startProgress } from './progress.js';

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
