// Kernels and packages, made by the tests: the tools that distributions make them with, around small contents.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseBtf } from '@bpfc/core';
import { objects } from '@bpfc/fixtures';
import { onTestFinished } from 'vitest';

export const RELEASE = '6.1.0-99-amd64';

export const BANNER = `Linux version ${RELEASE} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP Debian 6.1.999-1 (2026-01-01)`;

/** A BTF of some types, as any. */
export const BTF = btfOf('types');

/** Of an object of the fixtures. */
export function btfOf(name: string): Uint8Array {
  using btf = parseBtf(readFileSync(fileURLToPath(new URL(`bpfel/${name}.bpf.o`, objects))));
  return btf.bytes();
}

/** A kernel as memory holds it. */
export function flatKernel(banner = BANNER, btf = BTF): Buffer {
  return Buffer.concat([Buffer.from(`code\0${banner}\n\0`), btf, Buffer.alloc(1000)]);
}

/** What kernels are compressed with, as scripts/Makefile.lib of Linux does. */
export const COMPRESSIONS: Record<string, readonly string[]> = {
  gzip: ['gzip', '-n', '-9'],
  xz: ['xz', '--check=crc32', '--x86', '--lzma2=dict=32MiB'],
  // From a pipe, so that the size is not known and the window is the largest: 128 MiB.
  zstd: ['zstd', '-q', '--ultra', '-22'],
  lz4: ['lz4', '-q', '-l', '-9'],
};

export function compressed(name: string, content: Uint8Array): Buffer {
  const [program = '', ...args] = COMPRESSIONS[name] ?? [];
  return execFileSync(program, [...args, '-c'], { input: content, maxBuffer: 1 << 28 });
}

/** Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". */
export function bzImage(payload: Uint8Array): Buffer {
  const setup = Buffer.alloc(1024);
  setup.writeUInt8(1, 0x1f1);
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write('HdrS', 0x202);
  setup.writeUInt16LE(0x020f, 0x206);
  setup.writeUInt32LE(512, 0x248);
  // Behind the payload its build puts the size of what is in it.
  setup.writeUInt32LE(payload.length + 4, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(512), payload, Buffer.alloc(4, 1), Buffer.from('what follows')]);
}

/** A folder that is gone after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bpfc-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Puts `bytes` into a file of its own; returns its path. */
export function file(name: string, bytes: Uint8Array | string): string {
  const path = join(scratch(), name);
  writeFileSync(path, bytes);
  return path;
}

/** An ELF file as gcc makes it of C. */
export function compiled(source: string, ...options: readonly string[]): string {
  const path = join(scratch(), 'vmlinux');
  execFileSync('gcc', [...options, '-c', '-o', path, '-x', 'c', '-'], { input: source });
  return path;
}

/** A module with this BTF. */
export function moduleWith(btf: Uint8Array): Buffer {
  const path = compiled('int module;');
  execFileSync('objcopy', [`--add-section=.BTF=${file('btf', btf)}`, path]);
  return readFileSync(path);
}

export interface DebOptions {
  /** The fields of `control`. */
  control?: string;
  /** The text of `md5sums`. */
  md5sums?: string;
  /** How `data.tar` is compressed: `xz`, `zstd`, `gzip`, or not. */
  data?: string;
}

const ENDINGS: Record<string, string> = { xz: '.xz', zstd: '.zst', gzip: '.gz' };

export const CONTROL = `Package: linux-image-${RELEASE}
Version: 6.1.999-1
Architecture: amd64
Maintainer: Debian Kernel Team <debian-kernel@lists.debian.org>
`;

/** A package with these files, made by tar and ar as deb(5) says. */
export function deb(
  files: Record<string, Uint8Array | string>,
  { control = CONTROL, md5sums = '', data = 'xz' }: DebOptions = {},
): string {
  const folder = scratch();
  const tar = (name: string, members: Record<string, Uint8Array | string>) => {
    const root = join(folder, name);
    for (const [path, content] of Object.entries(members)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    mkdirSync(root, { recursive: true });
    return execFileSync('tar', ['-C', root, '--sort=name', '-c', '.'], { maxBuffer: 1 << 28 });
  };
  const content = tar('data', files);
  const members: Record<string, Uint8Array | string> = {
    'debian-binary': '2.0\n',
    'control.tar.xz': compressed('xz', tar('control', { control, md5sums })),
    [`data.tar${ENDINGS[data] ?? ''}`]: data in ENDINGS ? compressed(data, content) : content,
  };
  for (const [name, bytes] of Object.entries(members)) writeFileSync(join(folder, name), bytes);
  const path = join(folder, 'package.deb');
  execFileSync('ar', ['rc', path, ...Object.keys(members)], { cwd: folder });
  return path;
}

/** cpio(5), "New ASCII Format": regular files, behind a folder. */
export function cpio(files: Record<string, Uint8Array | string>): Buffer {
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const entry = (path: string, mode: number, content: Buffer) => {
    const numbers = [1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length + 1, 0];
    const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}${path}\0`;
    return Buffer.concat([padded(Buffer.from(header)), padded(content)]);
  };
  const entries = Object.entries(files).map(([path, content]) =>
    entry(`./${path}`, 0o100644, Buffer.from(content)),
  );
  const none = Buffer.alloc(0);
  return Buffer.concat([entry('./lib', 0o040755, none), ...entries, entry('TRAILER!!!', 0, none)]);
}

/** A package with these files, as rpm.org's "RPM V4 Package format" says; `payload` is how they are compressed. */
export function rpm(files: Record<string, Uint8Array | string>, payload: string): string {
  const header = (tags: Record<number, string>) => {
    const data = Buffer.from(
      Object.values(tags)
        .map((text) => `${text}\0`)
        .join(''),
    );
    const entries = Buffer.alloc(16 * Object.keys(tags).length);
    let [at, offset] = [0, 0];
    for (const [tag, text] of Object.entries(tags)) {
      for (const number of [Number(tag), 6, offset, 1]) at = entries.writeUInt32BE(number, at);
      offset += text.length + 1;
    }
    const start = Buffer.from('8eade8010000000000000000000000000', 'hex');
    start.writeUInt32BE(Object.keys(tags).length, 8);
    start.writeUInt32BE(data.length, 12);
    return Buffer.concat([start, entries, data]);
  };
  const lead = Buffer.alloc(96);
  lead.write('edabeedb0300', 'hex');
  const signature = header({ 269: 'a sum' });
  return file(
    'kernel.rpm',
    Buffer.concat([
      lead,
      signature,
      Buffer.alloc(-signature.length & 7),
      header({ 1000: 'kernel-core', 1022: 'x86_64' }),
      compressed(payload, cpio(files)),
    ]),
  );
}

/** Puts a program of this text before those on PATH, or hides all of them. */
export function withPahole(script: string | undefined): void {
  const folder = scratch();
  if (script !== undefined) writeFileSync(join(folder, 'pahole'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { PATH = '' } = process.env;
  process.env.PATH = script === undefined ? folder : `${folder}:${PATH}`;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
}

/** Names in a folder; none when there is none. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
