import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  cHeader,
  createPack,
  linkableObject,
  openPack,
  parseBtf,
  parseObject,
  sha256,
} from '../dist/node.js';
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
    expect.objectContaining({ code, message: expect.stringContaining(`the name "${path}" `) }),
  );
});

test('a path twice is PACK_DUPLICATE', () => {
  const twice = [...entries, ...entries];
  expect(() => createPack({ entries: twice, container: 'tar' })).toThrow(
    expect.objectContaining({ code: 'PACK_DUPLICATE' }),
  );
});

test('names begin with ./ for bcc, and without for inspektor-gadget', () => {
  const first = (layout: 'bcc' | 'ig') =>
    Buffer.from(createPack({ entries: entries.slice(0, 1), container: 'tar', layout })).toString(
      'latin1',
      0,
      44,
    );
  expect(first('bcc')).toBe('./ubuntu/20.04/x86_64/5.4.0-26-generic.btf\0\0');
  expect(first('ig')).toBe('ubuntu/20.04/x86_64/5.4.0-26-generic.btf\0\0\0\0');
});

test('a pack becomes an object for a machine by either name, and a header', () => {
  const pack = createPack({ entries, container: 'tar.gz' });
  const elf = linkableObject(pack, 'arm64');
  expect(elf).toEqual(linkableObject(pack, 'aarch64'));
  expect(Buffer.from(elf ?? []).includes(Buffer.from(pack))).toBe(true);
  expect(linkableObject(pack, 'pdp11')).toBeUndefined();
  expect(cHeader(pack)).toContain(`min_core_btfs_tar_gz[${pack.byteLength}] = {\n31,139,8,`);
});

test('the sizes of types with their names make up the BTF, largest first', () => {
  using btf = parseBtf(object('execsnoop'));
  const sizes = btf.typeSizes();
  const bytes = sizes.map((size) => size.bytes);
  const { typeBytes, stringBytes, types } = btf.info();
  const sum = bytes.reduce((all, size) => all + size, 0);
  expect(sizes).toHaveLength(types);
  expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
  // Strings that no type names are those of .BTF.ext.
  expect(sum).toBeGreaterThan(typeBytes);
  expect(sum).toBeLessThan(typeBytes + stringBytes);
});
