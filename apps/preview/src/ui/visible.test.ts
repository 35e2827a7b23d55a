import { expect, test } from 'vitest';
import { visible } from './visible.js';

test('what people read stays as it is', () => {
  for (const text of ['5.4.0-26-generic', 'struct sock *', 'größer', 'שלום', '内核', '👍'])
    expect(visible(text)).toBe(text);
});

test('what nobody sees is told by its number', () => {
  expect(visible('a\u202eb')).toBe('a\\u{202e}b');
  expect(visible('\u001b[31m\n\0')).toBe('\\u{1b}[31m\\u{a}\\u{0}');
  expect(visible('a\u200b\u00ad\ufeff\u2066')).toBe('a\\u{200b}\\u{ad}\\u{feff}\\u{2066}');
  expect(visible('a\u00a0b\u2028')).toBe('a\\u{a0}b\\u{2028}');
  expect(visible('\u{e0041}')).toBe('\\u{e0041}');
});
