import { expect, test } from 'vitest';
import { CoreCode } from './error.js';

test('codes are stable capitals, each used once', () => {
  const codes = Object.values(CoreCode);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
});
