import { endianness } from 'node:os';
import { expect, test } from 'vitest';
import { hasAtSecure, variable } from '../src/privilege.js';

const AT_PAGESZ = 6;
const AT_SECURE = 23;

/** An auxiliary vector of this machine's byte order. */
function vector(wordSize: 4 | 8, ...pairs: [key: number, value: number][]): Buffer {
  const bytes = Buffer.alloc(2 * wordSize * pairs.length);
  pairs.flat().forEach((word, index) => {
    const low = index * wordSize + (endianness() === 'LE' ? 0 : wordSize - 4);
    if (endianness() === 'LE') bytes.writeUInt32LE(word, low);
    else bytes.writeUInt32BE(word, low);
  });
  return bytes;
}

test.each([4, 8] as const)('the kernel says who is privileged, in words of %i bytes', (size) => {
  expect(hasAtSecure(vector(size, [AT_PAGESZ, 4096], [AT_SECURE, 0], [0, 0]), size)).toBe(false);
  expect(hasAtSecure(vector(size, [AT_PAGESZ, 4096], [AT_SECURE, 1], [0, 0]), size)).toBe(true);
});

test('what is not said is no permission', () => {
  expect(hasAtSecure(vector(8, [AT_PAGESZ, AT_SECURE], [0, 0]), 8)).toBe(true);
  expect(hasAtSecure(Buffer.from('short'), 8)).toBe(true);
});

test('this test is not privileged; an empty variable is not set', () => {
  process.env.BPFC_TEST_VARIABLE = 'value';
  expect(variable('BPFC_TEST_VARIABLE')).toBe('value');
  process.env.BPFC_TEST_VARIABLE = '';
  expect(variable('BPFC_TEST_VARIABLE')).toBeUndefined();
  delete process.env.BPFC_TEST_VARIABLE;
});
