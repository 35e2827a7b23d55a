import { describe, expect, test } from 'vitest';
import { tokensOf } from './c-grammar.js';
import { piecesOf, placesOf } from './c-pieces.js';

const TEXT = 'struct sock {\n\tstruct sock_common __sk_common;\n\tint sk_backlog_len: 3; /* 136 */\n};\n';

function range(text: string) {
  const start = TEXT.indexOf(text);
  return { start, end: start + text.length };
}

describe('tokens', () => {
  test('are the words that the grammar names, where they stand', () => {
    const words = tokensOf(TEXT).map(({ start, end, class: name }) => `${name} ${TEXT.slice(start, end)}`);
    expect(words).toContain('hljs-keyword struct');
    expect(words).toContain('hljs-type int');
    expect(words).toContain('hljs-number 3');
    expect(words).toContain('hljs-comment /* 136 */');
  });

  test('are none for names that look like types', () => {
    expect(tokensOf('pid_t atomic_flags;')).toEqual([]);
  });

  test('are none where the grammar would take long', () => {
    expect(tokensOf(`struct {${'name '.repeat(50_000)}};`)).toEqual([]);
    expect(tokensOf(`struct ${'n'.repeat(50_000)};`)).toEqual([]);
    expect(tokensOf('int a;\n'.repeat(50_000))).toEqual([]);
  });
});

describe('pieces', () => {
  test('make up the text, whatever lies over it', () => {
    const link = { ...range('struct sock_common'), id: 7 };
    const pieces = piecesOf(TEXT, tokensOf(TEXT), [link], [range('sock_common __sk')]);
    expect(pieces.map(({ text }) => text).join('')).toBe(TEXT);
  });

  test('are cut where a link, a word or a mark begins or ends', () => {
    const token = { ...range('struct sock_common'), class: 'hljs-keyword' };
    token.end = token.start + 'struct'.length;
    const link = { ...range('struct sock_common'), id: 7 };
    const mark = range('sock_common __sk_common;');
    expect(piecesOf(TEXT, [token], [link], [mark])).toEqual([
      { text: 'struct sock {\n\t' },
      { text: 'struct', token, link },
      { text: ' ', link },
      { text: 'sock_common', link, mark },
      { text: ' __sk_common;', mark },
      { text: '\n\tint sk_backlog_len: 3; /* 136 */\n};\n' },
    ]);
  });

  test('end with the text, also where a range does not', () => {
    expect(piecesOf('int a;', [], [{ start: 4, end: 90, id: 1 }], []).map(({ text }) => text)).toEqual([
      'int ',
      'a;',
    ]);
  });
});

test('a word is found where it is not part of another', () => {
  const places = placesOf('int tgid; int tgid_max; int xtgid; f(tgid)', 'tgid');
  expect(places).toEqual([
    { start: 4, end: 8 },
    { start: 37, end: 41 },
  ]);
  expect(placesOf('int a;', '')).toEqual([]);
});
