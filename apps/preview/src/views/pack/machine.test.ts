import { systemIdentity } from '@bpfc/core';
import { expect, test } from 'vitest';
import { askedIn, askedOfLine, systemOf } from './machine.js';

const asked = { id: 'centos', version: '8', like: 'rhel fedora', machine: 'x86_64', release: '4.18.0' };

test('a machine is told as its os-release would tell it', () => {
  expect(systemOf(asked)).toEqual({
    osRelease: 'ID="centos"\nVERSION_ID="8"\nID_LIKE="rhel fedora"\n',
    machine: 'x86_64',
    release: '4.18.0',
  });
});

test('what is not set is left out, and - is not set', () => {
  expect(systemOf({ ...asked, version: '-', like: ' ' }).osRelease).toBe('ID="centos"\n');
});

test('the core reads back what was typed, whatever it is', () => {
  for (const id of ['a b', 'say "hi"', 'a\\b', '$HOME', '`id`', "it's", '"', '\\']) {
    expect(systemIdentity(systemOf({ ...asked, id })).id).toBe(id.toLowerCase());
  }
  // A line of its own would be another key.
  expect(systemIdentity(systemOf({ ...asked, id: 'a\nVERSION_ID=9' }))).toMatchObject({ version: '8' });
});

test('a machine comes from an address or from a line of a list', () => {
  expect(askedIn({ id: 'debian', machine: 'x86_64', q: 'x' })).toEqual({
    id: 'debian',
    version: '',
    like: '',
    machine: 'x86_64',
    release: '',
  });
  expect(askedOfLine('arch - x86_64 6.1')).toEqual({
    id: 'arch',
    version: '-',
    like: '',
    machine: 'x86_64',
    release: '6.1',
  });
});
