import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseBtf } from '@bpfc/core';
import { describe, expect, test } from 'vitest';
import { elfHasBtf, readBtf } from '../src/files.js';
import { object, scratch } from './support.js';

async function file(bytes: Uint8Array): Promise<string> {
  const path = join(await scratch(), 'file');
  await writeFile(path, bytes);
  return path;
}

/** The content of `.BTF`, as the core finds it. */
function btfOf(elf: Uint8Array): Uint8Array {
  using btf = parseBtf(elf);
  return btf.bytes();
}

/** An ELF file of 32 bits whose only sections are `.BTF`, of these bytes, and that of names. */
function elf32(btf: Uint8Array, littleEndian: boolean): Uint8Array {
  const [header, entry] = [52, 40];
  const names = new TextEncoder().encode('\0.BTF\0');
  const namesAt = header + 2 * entry;
  const bytes = new Uint8Array(namesAt + names.length + btf.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, littleEndian ? 1 : 2]);
  view.setUint32(0x20, header, littleEndian);
  for (const [index, value] of [entry, 2, 1].entries()) view.setUint16(0x2e + 2 * index, value, littleEndian);
  const section = (index: number, name: number, at: number, size: number) => {
    view.setUint32(header + index * entry, name, littleEndian);
    view.setUint32(header + index * entry + 0x10, at, littleEndian);
    view.setUint32(header + index * entry + 0x14, size, littleEndian);
  };
  section(0, 1, namesAt + names.length, btf.length);
  section(1, 0, namesAt, names.length);
  bytes.set(names, namesAt);
  bytes.set(btf, namesAt + names.length);
  return bytes;
}

describe('the BTF of a file', () => {
  test.each(['bpfel', 'bpfeb'] as const)('ELF, %s', async (target) => {
    const elf = object('execsnoop', target);
    const path = await file(elf);
    expect(elfHasBtf(path)).toBe(true);
    expect(readBtf(path).equals(btfOf(elf))).toBe(true);
  });

  test.each([true, false])('ELF of 32 bits, little-endian: %s', async (littleEndian) => {
    const path = await file(elf32(Uint8Array.of(1, 2, 3), littleEndian));
    expect(elfHasBtf(path)).toBe(true);
    expect([...readBtf(path)]).toEqual([1, 2, 3]);
  });

  test('raw', async () => {
    const btf = btfOf(object('execsnoop'));
    const path = await file(btf);
    expect(readBtf(path).equals(btf)).toBe(true);
    expect(elfHasBtf(path)).toBe(false);
  });
});

test('an ELF file that is cut off anywhere has no BTF', async () => {
  const elf = elf32(Uint8Array.of(1, 2, 3), true);
  for (let length = 0; length < elf.length - 9; length++) {
    expect(elfHasBtf(await file(elf.subarray(0, length)))).toBe(false);
  }
});

test('a section of absurd size is not read', async () => {
  const elf = elf32(Uint8Array.of(1, 2, 3), true);
  new DataView(elf.buffer).setUint32(52 + 0x14, 0xffff_ffff, true);
  const path = await file(elf);
  expect(() => readBtf(path)).toThrow(expect.objectContaining({ code: 'LOADER_FILE' }));
});

test('what is not there has no BTF', () => {
  expect(elfHasBtf('/nonexistent/vmlinux')).toBe(false);
});
