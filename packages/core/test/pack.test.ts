import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createPack, openPack, parseObject, sha256 } from '../dist/node.js';
import { object } from './support.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const focal = { id: 'ubuntu', version: '20.04', arch: 'x86_64', release: '5.4.0-26-generic' };
const buster = { id: 'debian', version: '10', arch: 'aarch64', release: '4.19.0+1' };
const entries = [
  { identity: focal, bytes: bytes('focal') },
  { identity: buster, bytes: bytes('buster') },
];

test('what is packed comes out, by path and by kernel', () => {
  using pack = openPack(createPack({ package: '{}', entries, container: 'tar' }));
  expect(pack.entries().find(({ identity }) => identity?.id === 'ubuntu')).toEqual({
    path: 'btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf',
    size: 5,
    sha256: sha256(bytes('focal')),
    identity: focal,
  });
  expect(pack.identities()).toEqual(expect.arrayContaining([focal, buster]));
  expect(pack.read(buster)).toEqual(bytes('buster'));
  expect(pack.read('package.json')).toEqual(bytes('{}'));
  expect(pack.read('btfhub-archive/none')).toBeUndefined();
});

test('equal input gives equal bytes, in whatever order', () => {
  const one = createPack({ entries, container: 'tar.gz' });
  const other = createPack({ entries: entries.toReversed(), container: 'tar.gz' });
  expect(Buffer.from(one).equals(other)).toBe(true);
});

test('tar.gz is the tar, compressed', () => {
  const tar = createPack({ entries, container: 'tar' });
  expect(gunzipSync(createPack({ entries, container: 'tar.gz' })).equals(tar)).toBe(true);
});

test('the program comes out of package.json; a pack without one has none', () => {
  using parsed = parseObject(object('bootstrap'));
  const { json } = parsed.packageJson('bootstrap.bpf.o');
  using pack = openPack(createPack({ package: json, entries, container: 'tar' }));
  expect(pack.program()).toEqual(new Uint8Array(object('bootstrap')));
  using bare = openPack(createPack({ entries, container: 'tar' }));
  expect(bare.program()).toBeUndefined();
});

test.each([
  ['PACK_NAME', '../escape'],
  ['PACK_NAME', '/absolute'],
  ['PACK_NAME', `btfhub-archive/${'x'.repeat(100)}`],
])('%s: %s', (code, path) => {
  expect(() => createPack({ entries: [{ path, bytes: bytes('') }], container: 'tar' })).toThrow(
    expect.objectContaining({ code }),
  );
});

test('a path twice is PACK_DUPLICATE', () => {
  const twice = [...entries, ...entries];
  expect(() => createPack({ entries: twice, container: 'tar' })).toThrow(
    expect.objectContaining({ code: 'PACK_DUPLICATE' }),
  );
});
