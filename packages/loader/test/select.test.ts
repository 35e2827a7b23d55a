import { readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { endianness, machine, release } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createPack, identityOfPath, openPack, parseBtf } from '@bpfc/core';
import { type SelectionCase, selection } from '@bpfc/fixtures';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { currentSystem, ensureCoreBtf, select, systemFromParts } from '../dist/index.js';
import { object, scratch } from './support.js';

const table: SelectionCase[] = JSON.parse(readFileSync(selection, 'utf8'));

/** BTF of either byte order. */
const btf = (target: 'bpfel' | 'bpfeb') => {
  using parsed = parseBtf(object('fields', target));
  return parsed.bytes();
};

const packOf = (entries: Record<string, Uint8Array>) =>
  createPack({
    entries: Object.entries(entries).map(([path, bytes]) => ({ path, bytes })),
    container: 'tar',
  });

const focal = systemFromParts('ID=ubuntu\nVERSION_ID="20.04"\n', 'x86_64', '5.4.0-26-generic');
const FOCAL = 'ubuntu/20.04/x86_64/5.4.0-26-generic';
const noMatch = expect.objectContaining({ code: 'PACK_NO_MATCH' });
const otherMachine = expect.objectContaining({ code: 'LOADER_MACHINE' });

afterEach(() => vi.unstubAllEnvs());

describe('the table that every language runs', () => {
  test.each(table)('$name', ({ osRelease, machine, release, nearest = false, entries, entry, step }) => {
    const text = new TextEncoder();
    const pack = packOf(
      Object.fromEntries(Object.entries(entries).map(([path, of]) => [path, text.encode(of)])),
    );
    const system = systemFromParts(osRelease, machine, release);
    const found = select(pack, { system, nearest });
    const expected =
      entry === null
        ? { source: 'none', key: null, error: { code: 'PACK_NO_MATCH' } }
        : { source: 'pack', key: keyOf(entry), error: null };
    expect(found).toMatchObject({ ...expected, path: null, step });
    expect(found.tried[0]?.step).toBe('exact');
    expect(found.sha256 === null).toBe(entry === null);
  });
});

/** `ID/VERSION/ARCH/RELEASE` of an entry, or its path where that says less. */
function keyOf(path: string): string {
  const identity = identityOfPath(path);
  return identity ? Object.values(identity).join('/') : path;
}

describe('the system', () => {
  test('is named by os-release and uname', () => {
    expect(currentSystem()).toMatchObject({ machine: machine(), release: release() });
  });

  test('BPFC_OS_RELEASE names another os-release', async () => {
    const file = join(await scratch(), 'os-release');
    await writeFile(file, 'ID=host\n');
    vi.stubEnv('BPFC_OS_RELEASE', file);
    expect(currentSystem().osRelease).toBe('ID=host\n');
  });

  test('a large one is read up to a limit', async () => {
    const file = join(await scratch(), 'os-release');
    await writeFile(file, '\n'.repeat(100_000));
    vi.stubEnv('BPFC_OS_RELEASE', file);
    expect(currentSystem().osRelease).toHaveLength(64 << 10);
  });

  test('what is no file is refused', () => {
    vi.stubEnv('BPFC_OS_RELEASE', '/dev/zero');
    expect(() => currentSystem()).toThrow('/dev/zero cannot be read: it is no file');
  });

  test('one that cannot be read is LOADER_SYSTEM', () => {
    vi.stubEnv('BPFC_OS_RELEASE', '/nonexistent/os-release');
    expect(() => currentSystem()).toThrow(expect.objectContaining({ code: 'LOADER_SYSTEM' }));
  });
});

describe('what the caller names goes first', () => {
  const pack = packOf({ [`btfhub-archive/${FOCAL}.btf`]: btf('bpfel') });

  test('a path: the pack is not opened', async () => {
    const path = join(await scratch(), 'kernel.btf');
    await writeFile(path, btf('bpfel'));
    const found = select(new Uint8Array([1]), { system: focal, btf: path });
    expect(found).toMatchObject({
      source: 'explicit',
      path,
      key: null,
      step: 'path',
      tried: [{ step: 'path', key: path, hits: 1 }],
    });
    using core = ensureCoreBtf(new Uint8Array([1]), { system: focal, btf: path });
    expect(core).toMatchObject({ path, source: 'explicit' });
    core.dispose();
    expect((await stat(path)).isFile()).toBe(true);
  });

  test('the path of an ELF file', async () => {
    const path = join(await scratch(), 'vmlinux');
    await writeFile(path, object('fields'));
    using core = ensureCoreBtf(new Uint8Array(), { system: focal, btf: path });
    expect(core.path).toBe(path);
  });

  test('BTF_FILE_PATH, for the running system', async () => {
    const path = join(await scratch(), 'kernel.btf');
    await writeFile(path, btf(endianness() === 'LE' ? 'bpfel' : 'bpfeb'));
    vi.stubEnv('BTF_FILE_PATH', path);
    expect(select(new Uint8Array())).toMatchObject({ source: 'explicit', path });
    expect(select(pack, { system: focal }).source).toBe('pack');
  });

  test('a key, or the path of an entry', () => {
    const other = systemFromParts('ID=nobody\n', 'x86_64', '1.0');
    for (const key of [FOCAL, `btfhub-archive/${FOCAL}.btf`]) {
      expect(select(pack, { system: other, key })).toMatchObject({ source: 'pack', key: FOCAL, step: 'key' });
    }
    const missing = 'ubuntu/20.04/x86_64/1';
    const error = { code: 'PACK_NO_MATCH', message: `the pack has no ${missing}` };
    const tried = [{ step: 'key', key: missing, hits: 0 }];
    expect(select(pack, { system: focal, key: missing })).toMatchObject({ source: 'none', tried, error });
    expect(() => ensureCoreBtf(pack, { system: focal, key: missing })).toThrow(noMatch);
  });

  test('a path that cannot be read is LOADER_FILE, a file without BTF has its own code', async () => {
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => ensureCoreBtf(pack, { btf: '/nonexistent/btf' })).toThrow(refused('LOADER_FILE'));
    const file = join(await scratch(), 'text');
    await writeFile(file, 'no types here');
    expect(() => ensureCoreBtf(pack, { btf: file })).toThrow(refused('BTF_MAGIC'));
    await writeFile(file, '\x7fELF');
    expect(() => ensureCoreBtf(pack, { btf: file })).toThrow(refused('ELF_NO_BTF'));
  });
});

describe('ensureCoreBtf', () => {
  test('unpacks into a file that only its owner reads, and removes it with its folder', async () => {
    const bytes = btf('bpfel');
    const core = ensureCoreBtf(packOf({ [`btfhub-archive/${FOCAL}.btf`]: bytes }), { system: focal });
    const path = core.path ?? '';
    expect(core.explanation).toMatchObject({ source: 'pack', key: FOCAL, step: 'exact' });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    core.dispose();
    core.dispose();
    await expect(stat(join(path, '..'))).rejects.toThrow('ENOENT');
  });

  test('takes a pack that is open already, and leaves it open', () => {
    using pack = openPack(packOf({ [`btfhub-archive/${FOCAL}.btf`]: btf('bpfel') }));
    ensureCoreBtf(pack, { system: focal }).dispose();
    expect(pack.entries()).toHaveLength(1);
  });

  test('PACK_NO_MATCH where there is none, and what was tried', () => {
    expect(() => ensureCoreBtf(packOf({}), { system: focal })).toThrow(noMatch);
    expect(() => ensureCoreBtf(packOf({}), { system: focal })).toThrow(FOCAL);
  });

  test('the nearest release only when it is asked for', () => {
    const pack = packOf({ 'btfhub-archive/ubuntu/20.04/x86_64/5.4.0-28-generic.btf': btf('bpfel') });
    expect(() => ensureCoreBtf(pack, { system: focal })).toThrow(noMatch);
    using core = ensureCoreBtf(pack, { system: focal, nearest: true });
    expect(core.explanation.step).toBe('nearest');
  });

  test('refuses a BTF of the other byte order, whoever gave it', async () => {
    const pack = packOf({ [`btfhub-archive/${FOCAL}.btf`]: btf('bpfeb') });
    expect(() => ensureCoreBtf(pack, { system: focal })).toThrow(otherMachine);
    const path = join(await scratch(), 'kernel.btf');
    await writeFile(path, btf('bpfeb'));
    expect(() => ensureCoreBtf(pack, { system: focal, btf: path })).toThrow(otherMachine);
  });

  test('refuses an entry of another architecture, and knows both names of one', () => {
    const key = 'debian/12/aarch64/6.1.0-47-arm64';
    const pack = packOf({ [`btfhub-archive/${key}.btf`]: btf('bpfel') });
    expect(() => select(pack, { system: focal, key })).toThrow(otherMachine);
    const arm = systemFromParts('', 'arm64', '6.1');
    using core = ensureCoreBtf(pack, { system: arm, key });
    expect(core.source).toBe('pack');
  });

  test('refuses a BTF with pointers of another size', () => {
    const key = 'debian/12/i686/6.1';
    const pack = packOf({ [`btfhub-archive/${key}.btf`]: btf('bpfel') });
    expect(() => ensureCoreBtf(pack, { system: systemFromParts('', 'i686', '6.1'), key })).toThrow(
      otherMachine,
    );
  });

  test('refuses what is not raw BTF: libbpf unpacks nothing', async () => {
    const refused = expect.objectContaining({ code: 'BTF_MAGIC' });
    const path = join(await scratch(), 'kernel.btf');
    for (const bytes of [gzipSync(btf('bpfel')), object('fields')]) {
      const pack = packOf({ [`btfhub-archive/${FOCAL}.btf`]: bytes });
      expect(() => ensureCoreBtf(pack, { system: focal })).toThrow(refused);
    }
    await writeFile(path, gzipSync(btf('bpfel')));
    expect(() => ensureCoreBtf(packOf({}), { system: focal, btf: path })).toThrow(refused);
  });

  test('a pack that is none has its own code, and so has none at all', () => {
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => ensureCoreBtf(new TextEncoder().encode('no pack'), { system: focal })).toThrow(
      refused('PACK_FORMAT'),
    );
    expect(() => ensureCoreBtf(new Uint8Array(), { system: focal })).toThrow(refused('LOADER_NO_PACK'));
  });
});
