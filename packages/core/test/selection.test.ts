import { readFileSync } from 'node:fs';
import { type SelectionCase, selection } from '@bpfc/fixtures';
import { expect, test } from 'vitest';
import { createPack, openPack } from '../dist/node.js';

const table: SelectionCase[] = JSON.parse(readFileSync(selection, 'utf8'));

test.each(table)('$name', ({ osRelease, machine, release, nearest = false, entries, entry, step }) => {
  const files = Object.entries(entries).map(([path, text]) => ({
    path,
    bytes: new TextEncoder().encode(text),
  }));
  using pack = openPack(createPack({ entries: files, container: 'tar' }));
  const found = pack.select({ osRelease, machine, release }, { nearest });
  expect({ entry: found.entry?.path ?? null, step: found.step }).toEqual({ entry, step });
  expect(found.tried[0]?.step).toBe('exact');
});

test('a list of machines', () => {
  const path = 'btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf';
  using pack = openPack(createPack({ entries: [{ path, bytes: new Uint8Array([1]) }], container: 'tar' }));
  const list =
    '# ours\nUbuntu 20.04 amd64 5.4.0-26-generic\n\nubuntu 20.04  x86_64 5.4.0-27-generic\narch - x86_64 6.1\n';
  expect(pack.fleet(list)).toEqual({
    served: 1,
    machines: [
      { line: 2, machine: 'Ubuntu 20.04 amd64 5.4.0-26-generic', entry: path, step: 'exact' },
      { line: 4, machine: 'ubuntu 20.04 x86_64 5.4.0-27-generic', entry: null, step: null },
      { line: 5, machine: 'arch - x86_64 6.1', entry: null, step: null },
    ],
  });
  expect(pack.fleet(list, { nearest: true }).served).toBe(2);
  expect(() => pack.fleet('ubuntu 20.04 x86_64')).toThrow(expect.objectContaining({ code: 'FLEET_LINE' }));
});
