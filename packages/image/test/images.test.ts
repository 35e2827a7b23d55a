// Kernel images and ELF files: where the BTF is, and what the kernel says of itself.
import { truncateSync, writeFileSync } from 'node:fs';
import { machine } from 'node:os';
import { join } from 'node:path';
import { parseBtf } from '@bpfc/core';
import { describe, expect, test } from 'vitest';
import { archived, identify, readKernel } from '../src/index.js';
import {
  BANNER,
  BTF,
  bzImage,
  COMPRESSIONS,
  compiled,
  compressed,
  file,
  flatKernel,
  moduleWith,
  RELEASE,
  scratch,
  withPahole,
} from './support.js';

const SAID = { id: 'debian', version: '12', arch: undefined, release: RELEASE };

describe('an image', () => {
  test.each(Object.keys(COMPRESSIONS))('with a payload in %s', async (name) => {
    const payload = compressed(name, flatKernel());
    for (const image of [
      bzImage(payload),
      payload,
      Buffer.concat([Buffer.from('a decompressor'), payload]),
    ]) {
      const kernel = await readKernel(file('vmlinuz', image), scratch());
      expect(kernel).toMatchObject({ native: true, origin: 'image', said: SAID, config: undefined });
      expect(kernel.btf).toEqual(BTF);
    }
  });

  test('that is flat, as on arm64', async () => {
    const image = flatKernel();
    const arm = Buffer.concat([Buffer.alloc(0x38), Buffer.from('ARM\x64'), image]);
    const kernel = await readKernel(file('Image', arm), scratch());
    expect(kernel).toMatchObject({ native: true, said: { ...SAID, arch: 'aarch64' } });
    expect(kernel.btf).toEqual(BTF);
  });

  test('without BTF says what to give instead', async () => {
    const image = file('vmlinuz', flatKernel(undefined, new Uint8Array()));
    await expect(readKernel(image, scratch())).rejects.toMatchObject({
      code: 'IMAGE_NO_TYPES',
      message: expect.stringMatching(/6\.1\.0-99-amd64 has neither.*-dbg/),
    });
  });

  test('that is something else, empty, damaged or far too large is an error with a code', async () => {
    const large = file('large', '');
    truncateSync(large, 600 << 20);
    const cut = bzImage(compressed('xz', flatKernel()));
    const table = [
      [file('text', 'no kernel'), 'IMAGE_FORMAT'],
      [file('empty', ''), 'IMAGE_FORMAT'],
      [file('cut', cut.subarray(0, cut.length - 60)), 'IMAGE_CORRUPT'],
      [file('kernel.rpm', Buffer.from('edabeedb0300', 'hex')), 'PACKAGE_CORRUPT'],
      [large, 'IMAGE_LIMIT'],
    ] as const;
    for (const [path, code] of table) {
      await expect(readKernel(path, scratch()), path).rejects.toMatchObject({ name: 'BpfcError', code });
    }
  });

  test('compressed by what is not read is told so', async () => {
    await expect(readKernel(file('bzip2', 'BZh91AY&SY'), scratch())).rejects.toMatchObject({
      code: 'IMAGE_COMPRESSION',
      message: expect.stringContaining('compressed with bzip2, which is not read'),
    });
  });

  test('that is not there is the error of the system', async () => {
    await expect(readKernel('/nonexistent', scratch())).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('BTF', () => {
  test('is of the kernel that its path says, and else of none', async () => {
    const there = join(scratch(), '6.1.0-99-amd64.btf');
    writeFileSync(there, BTF);
    expect(await readKernel(there, scratch())).toMatchObject({
      btf: BTF,
      native: false,
      origin: 'btf',
      said: { release: undefined },
    });
    const archive =
      process.env.BPFC_ARCHIVE ?? join(import.meta.dirname, '../../../../shared/btfhub-archive');
    const path = join(archive, 'debian/12/arm64/6.1.0-47-arm64.btf.tar.xz');
    const { said } = await readKernel(path, scratch());
    expect(identify(said, undefined)).toEqual({
      id: 'debian',
      version: '12',
      arch: 'aarch64',
      release: '6.1.0-47-arm64',
    });
  });

  test('is written as the archive has it, with equal bytes each time', async () => {
    const bytes = archived(RELEASE, BTF);
    expect(archived(RELEASE, BTF)).toEqual(bytes);
    const kernel = await readKernel(file(`${RELEASE}.btf.tar.xz`, bytes), scratch());
    expect(kernel).toMatchObject({ btf: BTF, origin: 'btf' });
  });
});

describe('an ELF file', () => {
  const SOURCE = `const char banner[] = "${BANNER}";
    struct in_dwarf { int member; long other; } variable;
    int function(struct in_dwarf *argument) { return argument->member; }`;

  test('has BTF of its own, native only if the kernel is linked with it', async () => {
    const path = file('vmlinux', moduleWith(BTF));
    expect(await readKernel(path, scratch())).toMatchObject({ btf: BTF, native: false, origin: 'image' });
  });

  test('with DWARF alone goes through pahole', async () => {
    const kernel = await readKernel(compiled(SOURCE, '-g'), scratch());
    expect(kernel).toMatchObject({ native: false, origin: 'dwarf', said: { ...SAID, arch: machine() } });
    using btf = parseBtf(kernel.btf);
    const [id = 0] = btf.find('in_dwarf');
    expect(btf.type(id)).toMatchObject({
      kind: 'struct',
      size: 16,
      members: [{ name: 'member' }, { name: 'other' }],
    });
  });

  test('with neither has no types', async () => {
    await expect(readKernel(compiled(SOURCE), scratch())).rejects.toMatchObject({ code: 'IMAGE_NO_TYPES' });
  });

  test('needs a pahole that is there, new enough, and works', async () => {
    const path = compiled(SOURCE, '-g');
    const table = [
      [undefined, 'PAHOLE_MISSING', /not installed; install it/],
      ['echo v1.21', 'PAHOLE_OLD', /v1\.21 is too old.*1\.22/],
      [
        '[ "$1" = --version ] && echo v1.25 && exit; echo broken DWARF >&2; exit 3',
        'PAHOLE_FAILED',
        /broken DWARF/,
      ],
      ['[ "$1" = --version ] && echo v2.0', 'PAHOLE_FAILED', /did not say why/],
    ] as const;
    for (const [script, code, message] of table) {
      withPahole(script);
      await expect(readKernel(path, scratch()), code).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
  });
});
