import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Catalog,
  catalogText,
  indexText,
  isArchivePath,
  parseCatalog,
  parseIndex,
  parseProjectLock,
  projectLockText,
} from './catalog.js';
import { BpfcError } from './error.js';

const PATH = 'debian/11/x86_64/5.10.0-8-amd64.btf.tar.xz';
const SHA256 = 'a'.repeat(64);
const FILE = { source: 'https://example.org/a', sha256: SHA256, size: 3, date: 'today', verified: 'git' };

const parsers = [
  ['CATALOG_INVALID', parseCatalog],
  ['INDEX_INVALID', parseIndex],
  ['LOCK_INVALID', parseProjectLock],
] as const;

function catalogOf(files: unknown, aliases?: unknown): string {
  return JSON.stringify({ version: 1, files, aliases });
}

test('what is written is read again, with keys in order', () => {
  const catalog: Catalog = {
    files: new Map([
      ['ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz', { ...FILE, verified: 'sha256', gone: true }],
      [PATH, { ...FILE, verified: 'git', native: true, commit: 'c', etag: '"e"' }],
    ]),
    aliases: new Map([['debian/bullseye', 'debian/11']]),
  };
  const text = catalogText(catalog);
  expect(parseCatalog(text)).toEqual(catalog);
  expect(text.indexOf('debian/11/')).toBeLessThan(text.indexOf('ubuntu/'));
  const index = { files: new Map([[PATH, { sha256: SHA256, size: 3 }]]), aliases: catalog.aliases };
  expect(parseIndex(indexText(index))).toEqual(index);
  const lock = new Map([[PATH, { source: 's', sha256: SHA256 }]]);
  expect(parseProjectLock(projectLockText(lock))).toEqual(lock);
});

test('what another version has added is passed over', () => {
  expect(parseCatalog(catalogOf({ [PATH]: { ...FILE, later: 1 } })).files.get(PATH)).toEqual(FILE);
});

describe('a path of an archive', () => {
  test.each([PATH, 'centos/8/x86_64/4.18.0-80.el8+x.btf.tar.xz'])('%s is one', (path) => {
    expect(isArchivePath(path)).toBe(true);
  });

  test.each([
    '',
    'debian/11/x86_64',
    'debian/11/x86_64/.btf.tar.xz',
    'debian/11/x86_64/r.btf',
    'debian/11/x86_64/more/r.btf.tar.xz',
    '../11/x86_64/r.btf.tar.xz',
    'debian/../x86_64/r.btf.tar.xz',
    '/11/x86_64/r.btf.tar.xz',
    'debian/11/x86_64/.r.btf.tar.xz',
    'debian/11/x86_64/\n.btf.tar.xz',
    'debian/11\\/x86_64/r.btf.tar.xz',
    `debian/11/x86_64/${'r'.repeat(250)}.btf.tar.xz`,
  ])('%j is none', (path) => {
    expect(isArchivePath(path)).toBe(false);
    expect(() => parseCatalog(catalogOf({ [path]: FILE }))).toThrow(/path that is none/);
  });
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['not JSON', '{', /is not JSON/],
    ['a list', '[]', /not an object/],
    ['a newer version', '{"version":2}', /not of version 1/],
    ['no files', '{"version":1}', /has no 'files'/],
    ['a file that is none', catalogOf({ [PATH]: 3 }), /debian\/11/],
    ['a hash that is none', catalogOf({ [PATH]: { ...FILE, sha256: 'A'.repeat(64) } }), /SHA-256/],
    ['a negative size', catalogOf({ [PATH]: { ...FILE, size: -1 } }), /size/],
    ['a verification of no kind', catalogOf({ [PATH]: { ...FILE, verified: 'hope' } }), /'verified'/],
    ['an alias that leads out', catalogOf({}, { 'debian/x': '../..' }), /alias/],
  ])('%s', (_, text, message) => {
    expect(() => parseCatalog(text)).toThrow(expect.objectContaining({ code: 'CATALOG_INVALID' }));
    expect(() => parseCatalog(text)).toThrow(message);
  });
});

test('a member of every object is a path like any other', () => {
  expect(() => parseCatalog('{"version":1,"files":{"__proto__":{}}}')).toThrow(BpfcError);
});

test.each(parsers)('whatever the text is, it is read or is %s', (code, parse) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => catalogOf(JSON.parse(json))),
      ),
      (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toMatchObject({ code });
        }
      },
    ),
  );
});
