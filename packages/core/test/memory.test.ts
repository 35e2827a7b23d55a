// Memory of an instance only grows; dropping the instance gives it back.
import { expect, test } from 'vitest';
import { dropInstance, memoryBytes, parseBtf } from '../dist/node.js';
import { kernel } from './support.js';

test('a dropped instance gives its memory back, its handles are stale, and the next call starts afresh', () => {
  const before = parseBtf(kernel);
  const { types } = before.info();
  expect(memoryBytes()).toBeGreaterThan(4 << 20);

  dropInstance();
  expect(memoryBytes()).toBe(0);
  expect(() => before.info()).toThrow(expect.objectContaining({ code: 'HANDLE_STALE' }));
  before.free();

  using after = parseBtf(kernel);
  expect(after.info().types).toBe(types);
});

test('dropping when nothing is started does nothing', () => {
  dropInstance();
  dropInstance();
  expect(memoryBytes()).toBe(0);
});
