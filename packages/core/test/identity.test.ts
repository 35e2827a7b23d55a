import { describe, expect, test } from 'vitest';
import {
  aliasOf,
  endianOfMachine,
  identityOfPath,
  kernelMatches,
  machineOfArch,
  packPath,
  pointerSizeOfMachine,
  systemIdentity,
} from '../dist/node.js';

const focal = { id: 'ubuntu', version: '20.04', arch: 'x86_64', release: '5.4.0-26-generic' };

test.each([
  ['ubuntu/20.04/x86_64/5.4.0-26-generic.btf', focal],
  ['/a/b/ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz', focal],
  ['debian/12/arm64/6.1.0.btf', { id: 'debian', version: '12', arch: 'aarch64', release: '6.1.0' }],
  ['vmlinux.btf', undefined],
])('the identity of %s', (path, identity) => {
  expect(identityOfPath(path)).toEqual(identity);
});

test('the path in a pack is the identity again', () => {
  expect(packPath(focal)).toBe('btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf');
  expect(identityOfPath(packPath(focal))).toEqual(focal);
});

test.each([
  ['bpf-compatible', 'tar', 'btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf'],
  ['bcc', 'tar', 'ubuntu/20.04/x86_64/5.4.0-26-generic.btf'],
  ['ig', 'tar', 'ubuntu/20.04/x86_64/5.4.0-26-generic.btf'],
  ['ig', 'folder', 'btfs/x86/ubuntu/20.04/x86_64/5.4.0-26-generic.btf'],
  ['flat', 'tar', '5.4.0-26-generic.btf'],
] as const)('the path for %s in a %s', (layout, form, path) => {
  expect(packPath(focal, layout, form)).toBe(path);
});

test('an alias is what os-release says where the archive says less', () => {
  const rhel = { id: 'rhel', version: '8', arch: 'x86_64', release: '4.18.0-193.13.2.el8_2.x86_64' };
  expect(aliasOf(rhel)).toEqual({ ...rhel, version: '8.2' });
  expect(aliasOf(focal)).toBeUndefined();
});

test.each(['', '.', '..', 'a/b', 'a\0b'])('a release %j is IDENTITY_PART', (release) => {
  expect(() => packPath({ ...focal, release })).toThrow(expect.objectContaining({ code: 'IDENTITY_PART' }));
});

test('machines by either name, their byte order and the bytes of a pointer', () => {
  expect(['arm64', 'amd64', 's390x'].map(machineOfArch)).toEqual(['aarch64', 'x86_64', 's390x']);
  expect(['x86_64', 'aarch64', 's390x', 'pdp11'].map(endianOfMachine)).toEqual([
    'little',
    'little',
    'big',
    undefined,
  ]);
  expect(['amd64', 'i686', 's390x', 'pdp11'].map(pointerSizeOfMachine)).toEqual([8, 4, 8, undefined]);
});

describe('kernelMatches', () => {
  test.each([
    ['ubuntu/20.04/x86_64/5.4.0-26-generic', true],
    ['ubuntu*', true],
    ['*generic', true],
    ['ubuntu/2?.04/*', true],
    ['debian*', false],
    ['ubuntu', false],
    ['ubuntu/20.04/x86_64/5.4.0-26-generic+', false],
  ])('%s: %s', (glob, matches) => {
    expect(kernelMatches(glob, focal)).toBe(matches);
  });

  test('arm64 and aarch64 are one', () => {
    const arm = { ...focal, arch: 'aarch64' };
    expect([kernelMatches('*/arm64/*', arm), kernelMatches('*/aarch64/*', arm)]).toEqual([true, true]);
  });
});

test('a running system is named by its os-release, quoted or not', () => {
  const osRelease = 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="20.04"\n';
  expect(systemIdentity({ osRelease, machine: 'x86_64', release: '5.4.0-26-generic' })).toEqual(focal);
});
