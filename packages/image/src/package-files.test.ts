import { expect, test } from 'vitest';
import { packageFile } from './package-files.js';

test.each([
  ['boot/vmlinuz-6.1.0-47-amd64', { kind: 'image', release: '6.1.0-47-amd64', module: '' }],
  [
    'lib/modules/6.8.5-301.fc40.x86_64/vmlinuz',
    { kind: 'image', release: '6.8.5-301.fc40.x86_64', module: '' },
  ],
  ['usr/lib/modules/6.12.1/config', { kind: 'config', release: '6.12.1', module: '' }],
  ['usr/lib/debug/boot/vmlinux-6.1.0', { kind: 'debug', release: '6.1.0', module: '' }],
  ['usr/lib/debug/lib/modules/6.1.0/vmlinux', { kind: 'debug', release: '6.1.0', module: '' }],
  ['lib/modules/6.1.0/kernel/net/nf-ct.ko.xz', { kind: 'module', release: '6.1.0', module: 'nf_ct' }],
  ['usr/lib/modules/6.1.0/extra.ko', { kind: 'module', release: '6.1.0', module: 'extra' }],
])('%s', (path, expected) => {
  expect(packageFile(path)).toEqual(expected);
});

test.each([
  'boot/System.map-6.1.0',
  'boot/vmlinuz-6.1.0/x',
  'usr/lib/debug/lib/modules/6.1.0/kernel/a.ko',
  'lib/modules/6.1.0/modules.dep',
  'lib/modules/6.1.0/a.ko.sig',
])('%s is not read', (path) => {
  expect(packageFile(path)).toBeUndefined();
});
