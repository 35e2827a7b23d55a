// What holds for every input, not only for the examples of the other tests.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BpfcError,
  type BpfObject,
  CoreCode,
  createPack,
  type Identity,
  kernelMatches,
  openPack,
  packPath,
  parseBtf,
  parseObject,
  sha256,
  trim,
} from '../dist/node.js';
import { object } from './support.js';

/** What `use` answers, or the code of its BpfcError. Anything else that is thrown fails, a trap above all. */
function codeOf(use: () => unknown): string | undefined {
  try {
    use();
  } catch (error) {
    if (error instanceof BpfcError && error.code !== CoreCode.trap) return error.code;
    throw error;
  }
  return undefined;
}

/** `bytes` with some of them replaced, and cut off at an arbitrary place in one case of four. */
const mutated = (bytes: Uint8Array) =>
  fc
    .record({
      changes: fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      length: fc.oneof({ weight: 3, arbitrary: fc.constant(bytes.length) }, fc.nat(bytes.length)),
    })
    .map(({ changes, length }) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, value] of changes) copy[at] = value;
      return copy.subarray(0, length);
    });

const arbitrary = fc.uint8Array({ maxLength: 2048 });

/** Bytes that get past the first check of each form. */
const withMagic = fc
  .tuple(
    fc.constantFrom<number[]>(
      [0x9f, 0xeb, 1, 0, 24, 0, 0, 0],
      [0xeb, 0x9f, 1, 0, 0, 0, 0, 24],
      [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1],
      [0x1f, 0x8b, 8, 0],
      [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0],
    ),
    arbitrary,
  )
  .map(([magic, rest]) => Uint8Array.from([...magic, ...rest]));

const file = object('bitfields');
const parsed = parseObject(file);
const { btf } = trim({ objects: [parsed], kernel: file });
const pack = createPack({
  package: parsed.packageJson('bitfields.bpf.o').json,
  entries: [{ path: 'btfhub-archive/debian/12/x86_64/6.1.0.btf', bytes: btf }],
  container: 'tar',
});
const packGz = createPack({ entries: [{ path: 'a.btf', bytes: btf }], container: 'tar.gz' });

function readBtf(bytes: Uint8Array) {
  using btf = parseBtf(bytes);
  for (const type of btf.types()) btf.find(type.name ?? '');
}

function readObject(bytes: Uint8Array) {
  using object: BpfObject = parseObject(bytes);
  object.info();
  object.packageJson('a.bpf.o');
  trim({ objects: [object], kernel: file });
}

function readPack(bytes: Uint8Array) {
  using pack = openPack(bytes);
  for (const { path } of pack.entries()) expect(pack.read(path)).toBeDefined();
  pack.program();
}

describe('whatever the bytes, the answer is a result or a coded error, never a trap', () => {
  const hostile = (seed: Uint8Array) => fc.oneof(arbitrary, withMagic, mutated(seed));

  test.each([
    ['parseBtf', readBtf, btf],
    ['parseBtf of an ELF file', readBtf, file],
    ['parseObject', readObject, file],
    ['openPack', readPack, pack],
    ['openPack of a gzip', readPack, packGz],
    ['trim', (kernel: Uint8Array) => trim({ objects: [parsed], kernel }), btf],
    ['trim of all types of an object', (kernel: Uint8Array) => trim({ objects: [parsed], kernel }), file],
  ])('%s', (_, read, seed) => {
    expect(codeOf(() => read(seed))).toBeUndefined();
    fc.assert(
      fc.property(hostile(seed), (bytes) => {
        expect(codeOf(() => read(bytes)) ?? 'A_CODE').toMatch(/^[A-Z]+(_[A-Z]+)+$/);
      }),
      { numRuns: 300 },
    );
  });

  test('what trims once trims again, to the same bytes', () => {
    fc.assert(
      fc.property(mutated(btf), (kernel) => {
        let once: Uint8Array;
        try {
          once = trim({ objects: [parsed], kernel }).btf;
        } catch (error) {
          expect(error).toBeInstanceOf(BpfcError);
          return;
        }
        expect(trim({ objects: [parsed], kernel: once }).btf).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });
});

describe('packs', () => {
  const part = fc.stringMatching(/^[a-z0-9][a-z0-9.+_-]{0,9}$/);
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const entries = fc.uniqueArray(fc.record({ path, bytes: fc.uint8Array({ maxLength: 1500 }) }), {
    selector: ({ path }) => path,
    maxLength: 12,
  });
  const container = fc.constantFrom('tar' as const, 'tar.gz' as const);

  test('openPack gives back what createPack was given', () => {
    fc.assert(
      fc.property(entries, container, (entries, container) => {
        using pack = openPack(createPack({ entries, container }));
        const expected = entries.map(({ path, bytes }) => ({
          path,
          size: bytes.length,
          sha256: sha256(bytes),
        }));
        const order = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
        const found = pack.entries().map(({ path, size, sha256 }) => ({ path, size, sha256 }));
        expect(found).toEqual(expected.sort(order));
        for (const { path, bytes } of entries) expect(pack.read(path)).toEqual(bytes);
      }),
    );
  });

  test('a pack does not depend on the order of its entries', () => {
    const shuffled = entries.chain((entries) =>
      fc.tuple(
        fc.constant(entries),
        fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, container, ([entries, others], container) => {
        expect(sha256(createPack({ entries: others, container }))).toBe(
          sha256(createPack({ entries, container })),
        );
      }),
    );
  });

  test('any text as a path is packed and found again, or is PACK_NAME', () => {
    const character = fc.oneof(
      fc.constantFrom(...'/./a\0\\'),
      fc.nat(0x2fff).map((code) => String.fromCodePoint(code)),
    );
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 120 }), (path) => {
        const bytes = Uint8Array.of(1);
        const code = codeOf(() => {
          using pack = openPack(createPack({ entries: [{ path, bytes }], container: 'tar' }));
          expect(pack.read(path)).toEqual(bytes);
        });
        expect([undefined, 'PACK_NAME']).toContain(code);
      }),
      { numRuns: 300 },
    );
  });
});

describe('kernelMatches', () => {
  const part = fc.string({
    unit: fc.constantFrom('a', 'b', '-', '+', '.x', '[', 'é'),
    minLength: 1,
    maxLength: 5,
  });
  const identity: fc.Arbitrary<Identity> = fc.record({
    id: part,
    version: part,
    arch: fc.constantFrom('x86_64', 'aarch64', 's390x'),
    release: part,
  });

  /** The definition, tried character by character. */
  function matches(glob: string[], text: string[]): boolean {
    const [first, ...rest] = glob;
    if (first === undefined) return text.length === 0;
    if (first === '*') return matches(rest, text) || (text.length > 0 && matches(glob, text.slice(1)));
    return text.length > 0 && (first === '?' || first === text[0]) && matches(rest, text.slice(1));
  }

  /** The path itself with some characters made wildcards or dropped, which matches about as often as not. */
  const derived = (text: string) =>
    fc
      .array(fc.constantFrom(...'===============??*', '', 'a'), {
        minLength: text.length,
        maxLength: text.length,
      })
      .map((edits) => [...text].map((c, at) => (edits[at] === '=' ? c : (edits[at] ?? ''))).join(''));

  test('agrees with the definition', () => {
    const OTHER_NAMES: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' };
    const cases = identity.chain((kernel) => {
      const path = packPath(kernel).replace(/^btfhub-archive\/|\.btf$/g, '');
      const free = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/', '.', '['), maxLength: 12 });
      return fc.tuple(fc.constant(kernel), fc.constant(path), fc.oneof(derived(path), free));
    });
    let matched = 0;
    fc.assert(
      fc.property(cases, ([kernel, path, glob]) => {
        const other = OTHER_NAMES[kernel.arch];
        const paths = other === undefined ? [path] : [path, path.replace(`/${kernel.arch}/`, `/${other}/`)];
        const expected = paths.some((path) => matches([...glob], [...path]));
        matched += expected ? 1 : 0;
        expect(kernelMatches(glob, kernel)).toBe(expected);
      }),
      { numRuns: 300 },
    );
    expect(matched).toBeGreaterThan(10);
  });

  test('a glob of many stars ends', () => {
    const long = 'a'.repeat(200);
    const kernel = { id: long, version: long, arch: 'x86_64', release: long };
    expect(kernelMatches(`${'*a'.repeat(60)}*b`, kernel)).toBe(false);
  });
});
