import type { BtfGroup, Identity } from '@bpfc/core/slim';
import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../workspace/sources.js';
import { contentsOf, seriesOf } from './contents.js';
import { branchKeysOf, filtered, rowsOf, rowTyped, stepOf, treeOf } from './tree.js';

function kernel(path: string, content: string): Kernel {
  const [id = '', version = '', arch = '', release = ''] = path.split('/');
  const identity: Identity | null = release ? { id, version, arch, release } : null;
  return { key: path, label: path, source: { file: 1, path }, identity, content, size: 100, pack: null };
}

const group = (sha256: string, error: BtfGroup['error'] = null): BtfGroup => ({
  sha256,
  size: 100,
  types: 3,
  endian: 'little',
  error,
  kernels: [],
  paths: [],
});

/** Two BTFs over three distributions, and a kernel by its release alone. */
const { kernels, btfs } = contentsOf(
  [
    kernel('5.4.0.btf', 'b'),
    kernel('debian/10/x86_64/4.19.0-9', 'a'),
    kernel('debian/10/x86_64/4.19.0-10', 'b'),
    kernel('debian/12/aarch64/6.1.0', 'a'),
    kernel('ubuntu/20.04/x86_64/5.4.0-26', 'a'),
  ],
  [group('a'), group('b')],
);
const tree = treeOf(kernels);
const all = rowsOf(tree, () => true);
const names = (rows: typeof all) => rows.map(({ node }) => `${' '.repeat(node.level - 1)}${node.name}`);

describe('the contents', () => {
  test('name BTFs by their place among the groups, and know who shares them', () => {
    expect(btfs.map(({ name, kernels }) => [name, kernels.map(({ label }) => label)])).toEqual([
      ['BTF 1', ['debian/10/x86_64/4.19.0-9', 'debian/12/aarch64/6.1.0', 'ubuntu/20.04/x86_64/5.4.0-26']],
      ['BTF 2', ['5.4.0.btf', 'debian/10/x86_64/4.19.0-10']],
    ]);
  });

  test('give two entries of one kernel addresses of their own', () => {
    const one = kernel('debian/10/x86_64/4.19.0-9', 'a');
    const other = { ...one, source: { file: 1, path: 'again/debian/10/x86_64/4.19.0-9.btf' } };
    const { kernels } = contentsOf([one, other], [group('a')]);
    expect(kernels.map(({ address }) => address)).toEqual([one.label, other.source.path]);
  });

  test('are folded into series, those of most kernels first', () => {
    expect(seriesOf(kernels).map(({ name, kernels }) => [name, kernels.length])).toEqual([
      ['debian/10/x86_64', 2],
      ['other paths', 1],
      ['debian/12/aarch64', 1],
      ['ubuntu/20.04/x86_64', 1],
    ]);
  });
});

describe('the tree', () => {
  test('has a level each for distribution, version, machine and kernel', () => {
    expect(names(all)).toEqual([
      '5.4.0.btf',
      'debian',
      ' 10',
      '  x86_64',
      '   4.19.0-9',
      '   4.19.0-10',
      ' 12',
      '  aarch64',
      '   6.1.0',
      'ubuntu',
      ' 20.04',
      '  x86_64',
      '   5.4.0-26',
    ]);
  });

  test('counts kernels, different BTFs and bytes of each branch', () => {
    const debian = tree.find(({ name }) => name === 'debian');
    expect([debian?.kernels.length, debian?.btfs, debian?.bytes]).toEqual([3, 2, 300]);
  });

  test('tells where a row is among its siblings', () => {
    expect(all.slice(1, 3).map(({ position, siblings, parent }) => [position, siblings, parent])).toEqual([
      [2, 3, -1],
      [1, 2, 1],
    ]);
  });

  test('shows nothing below what is closed', () => {
    expect(names(rowsOf(tree, () => false))).toEqual(['5.4.0.btf', 'debian', 'ubuntu']);
    const keys = new Set(kernels[1] && branchKeysOf(kernels[1]));
    expect(names(rowsOf(tree, ({ key }) => keys.has(key)))).toEqual([
      '5.4.0.btf',
      'debian',
      ' 10',
      '  x86_64',
      '   4.19.0-9',
      '   4.19.0-10',
      ' 12',
      'ubuntu',
    ]);
  });
});

test('a filter leaves kernels that have all words, in whatever part', () => {
  const left = (text: string) => filtered(kernels, text).map(({ label }) => label);
  expect(left('DEBIAN 4.19')).toEqual(['debian/10/x86_64/4.19.0-9', 'debian/10/x86_64/4.19.0-10']);
  expect(left('12/aarch64')).toEqual(['debian/12/aarch64/6.1.0']);
  expect(left('debian ubuntu')).toEqual([]);
  expect(filtered(kernels, '  ')).toBe(kernels);
});

describe('the keys of the tree', () => {
  test('lead up, down, to both ends, and stay inside', () => {
    expect(stepOf(all, 0, 'ArrowDown')).toEqual({ to: 1 });
    expect(stepOf(all, 0, 'ArrowUp')).toEqual({ to: 0 });
    expect(stepOf(all, 12, 'ArrowDown')).toEqual({ to: 12 });
    expect(stepOf(all, 0, 'PageDown')).toEqual({ to: 10 });
    expect(stepOf(all, 12, 'PageUp')).toEqual({ to: 2 });
    expect(stepOf(all, 5, 'Home')).toEqual({ to: 0 });
    expect(stepOf(all, 5, 'End')).toEqual({ to: 12 });
  });

  test('open, enter, close, and lead to the parent', () => {
    const closed = rowsOf(tree, () => false);
    expect(stepOf(closed, 1, 'ArrowRight')).toEqual({ open: true, nodes: [closed[1]?.node] });
    expect(stepOf(all, 1, 'ArrowRight')).toEqual({ to: 2 });
    expect(stepOf(all, 1, 'ArrowLeft')).toEqual({ open: false, nodes: [all[1]?.node] });
    expect(stepOf(all, 4, 'ArrowLeft')).toEqual({ to: 3 });
    expect(stepOf(all, 4, 'ArrowRight')).toEqual({ to: 4 });
    expect(stepOf(closed, 1, 'ArrowLeft')).toEqual({ to: 1 });
  });

  test('open all siblings by *', () => {
    const closed = rowsOf(tree, () => false);
    expect(stepOf(closed, 1, '*')).toEqual({ open: true, nodes: tree });
  });

  test('are none where nothing is shown', () => {
    expect(stepOf([], 0, 'ArrowDown')).toBeUndefined();
    expect(stepOf(all, 0, 'a')).toBeUndefined();
  });

  test('find what is typed, from the row on and round', () => {
    expect(rowTyped(all, 0, 'u')).toBe(9);
    expect(rowTyped(all, 9, 'd')).toBe(1);
    expect(rowTyped(all, 4, '4')).toBe(5);
    expect(rowTyped(all, 4, '4.19.0-1')).toBe(5);
    expect(rowTyped(all, 0, 'x')).toBe(3);
    expect(rowTyped(all, 3, 'x')).toBe(11);
    expect(rowTyped(all, 0, 'z')).toBe(-1);
  });
});
