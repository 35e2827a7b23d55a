import { describe, expect, it } from 'vitest';
import { judge, median } from './statistics.mjs';

describe('the median', () => {
  it('is the middle figure by size, whatever the order of the runs', () => {
    expect(median([30, 1000, 9])).toBe(30);
  });

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('leaves the runs in their order', () => {
    const runs = [3, 1, 2];
    median(runs);
    expect(runs).toEqual([3, 1, 2]);
  });

  it('does not exist without figures', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('a verdict', () => {
  const row = /** @type {const} */ ({ name: 'pack', unit: 'ms' });

  it('is the ratio of medians, ours to the peer', () => {
    const verdict = judge({ ...row, us: [1, 2, 90], peer: [8, 4, 3], target: { ratio: 0.75 } });
    expect(verdict).toEqual({ us: 2, peer: 4, ratio: 0.5, met: true });
  });

  it('meets a target that is just reached', () => {
    expect(judge({ ...row, us: [3], peer: [4], target: { ratio: 0.75 } }).met).toBe(true);
    expect(judge({ ...row, us: [300], target: { most: 300 } }).met).toBe(true);
  });

  it('misses a target that is passed', () => {
    expect(judge({ ...row, us: [3.1], peer: [4], target: { ratio: 0.75 } }).met).toBe(false);
    expect(judge({ ...row, us: [301], target: { most: 300 } }).met).toBe(false);
  });

  it('says nothing about a target where there is none', () => {
    expect(judge({ ...row, us: [3], peer: [4] })).toEqual({ us: 3, peer: 4, ratio: 0.75 });
    expect(judge({ ...row, us: [3] })).toEqual({ us: 3 });
  });

  it('needs a peer for a ratio', () => {
    expect(() => judge({ ...row, us: [3], target: { ratio: 1 } })).toThrow(RangeError);
  });
});
