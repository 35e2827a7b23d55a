import { expect, test } from 'vitest';
import { identify } from './identity.js';

const SAID = { id: 'debian', version: '12', arch: 'x86_64', release: '6.1.0-47-amd64' };

test('what the input says is enough', () => {
  expect(identify(SAID, undefined)).toEqual(SAID);
});

test('what it does not say has to be said', () => {
  expect(() => identify({ ...SAID, version: undefined, id: undefined }, undefined)).toThrow(
    'the input does not say of which distribution it is, nor of which version of the distribution it is; say it with --id ID/VERSION/x86_64/6.1.0-47-amd64',
  );
  expect(identify({ release: '6.1.0-47-amd64' }, SAID)).toEqual(SAID);
});

test('a contradiction is refused, unless forced', () => {
  const asked = { ...SAID, version: '11', release: '6.1.0-48-amd64' };
  expect(() => identify(SAID, asked)).toThrow(
    /version 12, not 11; release 6\.1\.0-47-amd64, not 6\.1\.0-48-amd64; .*--force/,
  );
  expect(identify(SAID, asked, true)).toEqual(asked);
});

test('an architecture has two names', () => {
  const arm = { ...SAID, arch: 'aarch64' };
  expect(identify(arm, { ...arm, arch: 'arm64' })).toEqual(arm);
});
