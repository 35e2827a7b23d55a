import type { Loss } from '@bpfc/core';
import { expect, test } from 'vitest';
import { LostParts, lostText } from './lost.js';

const leftOut = (id: number, value: string): Loss => ({
  id,
  type: 'hmm_pfn_flags',
  change: 'left_out',
  enumerator: 'HMM_PFN_VALID',
  value,
});

test('each change says what an old libbpf does not get to see', () => {
  const extended = { type: '', change: 'extended', enumerator: 'A', value: '-1' } as const;
  const replaced = { type: 'double', change: 'replaced', was: 'float', is: 'struct' } as const;
  expect([leftOut(1, '4294967296'), extended, replaced].map(lostText)).toEqual([
    'hmm_pfn_flags: without HMM_PFN_VALID = 4294967296, which does not fit 32 bits',
    '(anonymous): A = -1 is right as a 32-bit value only',
    'double: this float cannot be found, it is an anonymous struct',
  ]);
});

test('what several kernels lose is there once, whatever the ids; another value is another loss', () => {
  const parts = new LostParts();
  parts.add('a', [leftOut(1, '4294967296'), leftOut(2, '4294967296')]);
  parts.add('b', []);
  parts.add('c', [leftOut(7, '4294967296'), leftOut(9, '8589934592')]);
  const { id: _, ...part } = leftOut(1, '4294967296');
  expect(parts.list()).toEqual([
    { ...part, kernels: ['a', 'c'] },
    { ...part, value: '8589934592', kernels: ['c'] },
  ]);
});
