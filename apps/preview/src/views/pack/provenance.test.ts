import { expect, test } from 'vitest';
import { provenanceOf } from './provenance.js';

const BTFHUB = 'https://github.com/aquasecurity/btfhub-archive';
const head = { version: 1, tool: 'btf-pack 1.0.0', programs: ['00'] };

test('the short form names its sources', () => {
  const short = { ...head, sources: [{ source: BTFHUB, commit: 'abc' }], kernels: 60, list: '00' };
  expect(provenanceOf(JSON.stringify(short))).toEqual({
    tool: head.tool,
    sources: [{ source: BTFHUB, commit: 'abc' }],
    more: 0,
  });
});

test('the full form names that of each kernel; each is told once', () => {
  const kernels = {
    'a/1/x86_64/r.btf': { source: BTFHUB, commit: 'abc', sha256: '00' },
    'b/1/x86_64/r.btf': { source: BTFHUB, commit: 'abc', sha256: '01' },
    'c/1/x86_64/r.btf': { source: 'unknown', sha256: '02' },
  };
  expect(provenanceOf(JSON.stringify({ ...head, kernels }))?.sources).toEqual([
    { source: BTFHUB, commit: 'abc' },
    { source: 'unknown', commit: undefined },
  ]);
});

test('what anybody may have written is cut or refused', () => {
  const sources = Array.from({ length: 1000 }, (_, at) => ({ source: `${at} ${'x'.repeat(1000)}` }));
  const told = provenanceOf(JSON.stringify({ ...head, sources }));
  expect(told?.sources.length).toBe(8);
  expect(told?.more).toBe(992);
  expect(told?.sources.every(({ source }) => source.length <= 500)).toBe(true);
  for (const text of ['', '[]', 'null', '{}', '{"tool":1}', '{"tool":"x"}', '{"tool":"x","sources":[1]}']) {
    expect(provenanceOf(text)).toBeUndefined();
  }
});
