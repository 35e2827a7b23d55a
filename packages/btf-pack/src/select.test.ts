import { expect, test } from 'vitest';
import type { Target } from './objects.js';
import { select } from './select.js';
import type { KernelSource, Sources } from './sources.js';

function kernel(id: string, version: string, arch: string, release: string): KernelSource {
  const path = `btfhub-archive/${id}/${version}/${arch}/${release}.btf`;
  return { file: `/a/${release}`, identity: { id, version, arch, release }, path };
}

const sources: Sources = {
  kernels: [
    kernel('debian', '12', 'aarch64', '6.1.0-arm64'),
    kernel('debian', '12', 's390x', '6.1.0-s390x'),
    kernel('debian', '12', 'x86_64', '6.1.0-amd64'),
    kernel('debian', '12', 'x86_64', '6.1.0+test'),
  ],
  duplicates: [],
  origin: '/a',
  warnings: [],
};

const little: Target = { endian: 'little', proven: undefined };

function chosen(target: Target, wish: { globs?: string[]; archs?: string[] } = {}) {
  const { kernels, leftOut } = select(sources, target, { globs: [], archs: [], ...wish });
  return {
    kernels: kernels.map(({ identity }) => identity.release),
    why: leftOut.map(({ reason }) => reason),
  };
}

test('all architectures of the byte order, when the program proves none', () => {
  expect(chosen(little)).toEqual({
    kernels: ['6.1.0-arm64', '6.1.0-amd64', '6.1.0+test'],
    why: ['s390x, and the program is little-endian'],
  });
  expect(chosen({ endian: 'big', proven: undefined }).kernels).toEqual(['6.1.0-s390x']);
});

test('only the architecture that the program proves', () => {
  const target: Target = { endian: 'little', proven: { arch: 'x86_64', by: 'kprobe.bpf.o' } };
  expect(chosen(target)).toEqual({
    kernels: ['6.1.0-amd64', '6.1.0+test'],
    why: [
      'aarch64, and kprobe.bpf.o reads the registers of x86_64',
      's390x, and the program is little-endian',
    ],
  });
});

test('--arch by either name, also against what the program proves, never against the byte order', () => {
  const target: Target = { endian: 'little', proven: { arch: 'x86_64', by: 'kprobe.bpf.o' } };
  expect(chosen(target, { archs: ['arm64', 's390x'] })).toEqual({
    kernels: ['6.1.0-arm64'],
    why: ['s390x, and the program is little-endian', 'x86_64, not asked for by --arch'],
  });
});

test('--kernels: any of the globs, * crosses /, + is literal', () => {
  expect(chosen(little, { globs: ['debian*arm64', '*+test'] })).toEqual({
    kernels: ['6.1.0-arm64', '6.1.0+test'],
    why: ['not matched by --kernels'],
  });
});
