// `--layout`, aliases and what goes into programs: each client's own lookup finds what was packed.
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPack } from '@bpfc/core';
import { describe, expect, test } from 'vitest';
import {
  btfPack,
  fewKernels,
  filesInTar,
  kernelEnding,
  object,
  oneKernel,
  packJson,
  scratch,
} from './support.js';

const BCC = fileURLToPath(new URL('bcc.c', import.meta.url));

/** An archive whose every kernel has the same BTF. */
async function archiveOf(...names: string[]): Promise<string> {
  const folder = await scratch();
  const bytes = await oneKernel();
  for (const name of names) {
    const file = join(folder, `${name}${kernelEnding}`);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, bytes);
  }
  return folder;
}

describe('--layout bcc', () => {
  /** Links the C test of bcc's rule with what holds the pack, and lets it look for each kernel. */
  async function foundByBcc(
    names: readonly string[],
    folder: string,
    ...compile: string[]
  ): Promise<Buffer[]> {
    const program = join(folder, 'bcc');
    execFileSync('gcc', ['-Wall', '-Werror', '-o', program, ...compile, BCC], { stdio: 'pipe' });
    const tar = join(folder, 'tar');
    return names.map((name) => {
      // The gzip that the program has inside, then the entry by bcc's rule in what gunzip makes of it.
      return execFileSync('bash', [
        '-c',
        '"$0" > "$1.gz" && gunzip -c "$1.gz" > "$1" && "$0" "$1" "$2"',
        program,
        tar,
        name,
      ]);
    });
  }

  test('an object that is linked, and a header that is included, give bcc every kernel', async () => {
    const folder = await scratch();
    const args = [object('execsnoop'), ...fewKernels, '--arch', 'x86_64', '--layout', 'bcc'];
    const summary = await packJson([...args, '-o', join(folder, 'btfs.o')]);
    await packJson([...args, '-o', join(folder, 'btfs.h')]);
    await packJson([...args, '-o', join(folder, 'btfs.tar.gz')]);
    using pack = openPack(await readFile(join(folder, 'btfs.tar.gz')));
    const names = summary.kernels.map(({ path }) => path);
    const expected = names.map((name) => Buffer.from(pack.read(name) ?? ''));
    const asked = names.map((name) => `./${name}`);
    expect(names.length).toBeGreaterThan(0);
    expect(await foundByBcc(asked, folder, join(folder, 'btfs.o'))).toEqual(expected);
    expect(await foundByBcc(asked, folder, '-include', join(folder, 'btfs.h'), '-DINCLUDED')).toEqual(
      expected,
    );
    expect(summary.output).toMatchObject({ container: 'object', layout: 'bcc', packageJson: false });
  });

  test('the object is made for another machine with --target', async () => {
    const folder = await scratch();
    const out = join(folder, 'btfs.o');
    await packJson([object('fields'), ...fewKernels, '--layout', 'bcc', '--target', 's390x', '-o', out]);
    execFileSync('s390x-linux-gnu-gcc', ['-static', '-o', join(folder, 'bcc'), out, BCC], { stdio: 'pipe' });
    const inside = execFileSync('qemu-s390x-static', [join(folder, 'bcc')]);
    await packJson([object('fields'), ...fewKernels, '--layout', 'bcc', '-o', join(folder, 'btfs.tar.gz')]);
    expect(inside.equals(await readFile(join(folder, 'btfs.tar.gz')))).toBe(true);
  });

  test('a header compiles as C89', async () => {
    const folder = await scratch();
    await packJson([object('fields'), ...fewKernels, '-o', join(folder, 'btfs.h')]);
    const source =
      '#include "btfs.h"\nint main(void) { return _binary_min_core_btfs_tar_gz_end - _binary_min_core_btfs_tar_gz_start != sizeof(min_core_btfs_tar_gz); }\n';
    await writeFile(join(folder, 'main.c'), source);
    execFileSync('gcc', [
      '-std=c89',
      '-Wall',
      '-Werror',
      '-pedantic',
      '-o',
      join(folder, 'main'),
      join(folder, 'main.c'),
    ]);
    execFileSync(join(folder, 'main'));
    expect(await readdir(folder)).toContain('main');
  });
});

describe('--layout ig', () => {
  test("inspektor-gadget's exact comparison finds kernels in the gzipped tar, by names without ./", async () => {
    const folder = await scratch();
    const out = join(folder, 'btfs.tar.gz');
    const summary = await packJson([object('fields'), ...fewKernels, '--layout', 'ig', '-o', out]);
    const names = summary.kernels.map(({ identity: i }) => `${i.id}/${i.version}/${i.arch}/${i.release}.btf`);
    expect([...(await filesInTar(out)).keys()].sort()).toEqual(names.sort());
  });

  test('and in the folder it embeds, below btfs/x86 and btfs/arm64', async () => {
    const from = await archiveOf('debian/12/x86_64/6.1.0', 'debian/12/arm64/6.1.0');
    const out = join(await scratch(), 'btfgen');
    await packJson([object('fields'), '--from', from, '--layout', 'ig', '-o', `${out}/`]);
    const files = await readdir(out, { recursive: true });
    expect(files.filter((file) => file.endsWith('.btf')).sort()).toEqual([
      'btfs/arm64/debian/12/aarch64/6.1.0.btf',
      'btfs/x86/debian/12/x86_64/6.1.0.btf',
    ]);
  });
});

describe('--layout flat', () => {
  test('has RELEASE.btf, and a folder of it is replaced by the next', async () => {
    const from = await archiveOf('debian/12/x86_64/6.1.0');
    const out = join(await scratch(), 'btfs');
    for (let run = 0; run < 2; run++) {
      await packJson([object('fields'), '--from', from, '--layout', 'flat', '-o', `${out}/`]);
      expect(await readdir(out)).toEqual(['6.1.0.btf']);
    }
  });

  test('a folder with a whole BTF in it is not replaced', async () => {
    const from = await archiveOf('debian/12/x86_64/6.1.0');
    const out = await scratch();
    await writeFile(join(out, 'vmlinux.btf'), new Uint8Array(3_000_000));
    const run = await btfPack([
      'pack',
      object('fields'),
      '--from',
      from,
      '--layout',
      'flat',
      '-o',
      `${out}/`,
    ]);
    expect(run).toMatchObject({ status: 1, stderr: expect.stringMatching(/^btf-pack: OUTPUT_NOT_A_PACK: /) });
    expect(await readdir(out)).toEqual(['vmlinux.btf']);
  });

  test('two kernels of one release are one file if their BTFs are equal', async () => {
    const from = await archiveOf('debian/12/x86_64/6.1.0', 'ubuntu/22.04/x86_64/6.1.0');
    const out = join(await scratch(), 'out.tar');
    const summary = await packJson([object('fields'), '--from', from, '--layout', 'flat', '-o', out]);
    expect([...(await filesInTar(out)).keys()]).toEqual(['./6.1.0.btf']);
    expect(summary.totals).toMatchObject({ kernels: 2, differentBtfs: 1 });
  });

  test('and PACK_DUPLICATE if they are not', async () => {
    const from = await archiveOf('debian/12/x86_64/6.1.0', 'ubuntu/22.04/x86_64/6.1.0');
    // The object's own types are another kernel's as far as the program can tell.
    await mkdir(join(from, 'fedora/31/x86_64'), { recursive: true });
    await writeFile(join(from, 'fedora/31/x86_64/6.1.0.btf'), await readFile(object('bootstrap')));
    const out = join(await scratch(), 'out.tar');
    const run = await btfPack(['pack', object('fields'), '--from', from, '--layout', 'flat', '-o', out]);
    expect(run).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^btf-pack: PACK_DUPLICATE: .*6\.1\.0\.btf/),
    });
  });
});

describe('aliases', () => {
  const rhel = 'rhel/8/x86_64/4.18.0-193.13.2.el8_2.x86_64';
  const debian = 'debian/bullseye/x86_64/5.10.0-8-amd64';
  const names = (archive: string) => [
    `${archive}debian/11/x86_64/5.10.0-8-amd64.btf`,
    `${archive}debian/bullseye/x86_64/5.10.0-8-amd64.btf`,
    `${archive}rhel/8.2/x86_64/4.18.0-193.13.2.el8_2.x86_64.btf`,
    `${archive}rhel/8/x86_64/4.18.0-193.13.2.el8_2.x86_64.btf`,
  ];

  test.each([
    ['bpf-compatible', './btfhub-archive/'],
    ['bcc', './'],
    ['ig', ''],
  ])('--layout %s has the names that os-release gives as well, counted apart', async (layout, prefix) => {
    const from = await archiveOf(rhel, debian);
    const out = join(from, 'out.tar.gz');
    const args = [object('fields'), '--from', from, '--layout', layout, '-o', out];
    const summary = await packJson(args);
    const files = [...(await filesInTar(out)).keys()].filter((name) => name.endsWith('.btf'));
    expect(files.sort()).toEqual(names(prefix));
    expect(summary.totals.kernels).toBe(2);
    expect(summary.aliases).toHaveLength(2);
    expect((await btfPack(['pack', ...args])).stdout).toMatch(/^aliases {7}2: /m);
  });

  test('--no-aliases leaves them out', async () => {
    const from = await archiveOf(rhel, debian);
    const out = join(from, 'out.tar');
    const summary = await packJson([object('fields'), '--from', from, '--no-aliases', '-o', out]);
    expect(summary.aliases).toEqual([]);
    expect((await filesInTar(out)).size).toBe(3);
  });

  test('a kernel that has the name itself keeps it', async () => {
    const from = await archiveOf(debian, 'debian/11/x86_64/5.10.0-8-amd64');
    const summary = await packJson([object('fields'), '--from', from, '-o', join(from, 'out.tar')]);
    expect([summary.totals.kernels, summary.aliases]).toEqual([2, []]);
  });
});

describe('sizes', () => {
  test('an output above --max-size is PACK_SIZE, says what costs the bytes, and is not written', async () => {
    const folder = await scratch();
    const args = [object('execsnoop'), ...fewKernels, '--layout', 'bcc', '-o', join(folder, 'out.tar.gz')];
    const run = await btfPack(['pack', ...args, '--max-size', '100']);
    expect(run).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^btf-pack: PACK_SIZE: /),
    });
    expect(run.stderr).toContain('struct task_struct');
    expect(await readdir(folder)).toEqual([]);
    expect(await packJson([...args, '--max-size', '1M'])).toMatchObject({ output: { layout: 'bcc' } });
  });

  test('--sizes names kernels and types; --json has them', async () => {
    const out = join(await scratch(), 'out.tar');
    const args = [object('execsnoop'), ...fewKernels, '-o', out];
    expect((await btfPack(['pack', ...args, '--sizes'])).stdout).toMatch(
      /biggest types\n.*struct task_struct \d+/,
    );
    const summary = await packJson(args);
    expect(summary.sizes?.map(({ bytes }) => bytes).reduce((a, b) => Math.max(a, b))).toBe(
      summary.sizes?.[0]?.bytes,
    );
    expect(summary.sizes).toHaveLength(summary.totals.differentBtfs);
    expect(summary.sizes?.flatMap(({ kernels }) => kernels)).toHaveLength(summary.totals.kernels);
  });
});

test('an output is refused that the reader of the layout would not read, or that is the program', async () => {
  for (const [layout, out] of [
    ['bcc', 'out.tar'],
    ['bcc', 'out/'],
    ['ig', 'out.tar'],
    ['ig', 'out.o'],
  ] as const) {
    const run = await btfPack(['pack', object('fields'), '--layout', layout, '-o', out]);
    expect(run).toMatchObject({ status: 2, stderr: expect.stringContaining(`--layout ${layout} takes `) });
  }
  const before = await readFile(object('fields'));
  const run = await btfPack(['pack', object('fields'), ...fewKernels, '-o', object('fields')]);
  expect(run).toMatchObject({ status: 2, stderr: expect.stringContaining('is the program itself') });
  expect((await readFile(object('fields'))).equals(before)).toBe(true);
});
