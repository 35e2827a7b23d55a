// `btf-pack pack` as a user runs it, on real kernels.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openPack, parseBtf, parseObject } from '@bpfc/core';
import { describe, expect, test } from 'vitest';
import {
  btfPack,
  fewKernels,
  filesInTar,
  kernelEnding,
  kernels,
  object,
  oneKernel,
  packJson,
  scratch,
} from './support.js';

/** A folder in the archive's layout with these files. */
async function archiveOf(files: Record<string, Uint8Array | string>): Promise<string> {
  const folder = await scratch();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

describe('the pack', () => {
  test('holds package.json first, then one BTF that parses for every kernel of the byte order', async () => {
    const folder = await scratch();
    const out = join(folder, 'execsnoop.tar');
    const summary = await packJson([object('execsnoop'), '--from', kernels.from, '-o', out]);
    const files = await filesInTar(out);
    const names = [...files.keys()];
    expect(names[0]).toBe('./package.json');
    expect(names.slice(1).sort()).toEqual(summary.kernels.map(({ path }) => `./${path}`).sort());
    for (const { path, bytesIn, bytesOut } of summary.kernels) {
      using btf = parseBtf(files.get(`./${path}`) ?? new Uint8Array());
      expect(btf.info()).toMatchObject({ size: bytesOut, endian: 'little' });
      expect(bytesOut).toBeLessThan(bytesIn / 100);
    }
    expect(summary.broken).toEqual([]);
    expect(await readdir(folder)).toEqual(['execsnoop.tar']);
  });

  test('has equal bytes however many threads make it', async () => {
    const folder = await scratch();
    const packs: Buffer[] = [];
    for (const jobs of ['1', '2', '3', '2']) {
      await packJson([object('bootstrap'), ...fewKernels, '--jobs', jobs, '-o', join(folder, 'out.tar')]);
      packs.push(await readFile(join(folder, 'out.tar')));
    }
    for (const pack of packs) expect(pack.equals(packs[0] ?? pack)).toBe(true);
  });

  test('is tar, tar.gz or a folder by its name, with the same files', async () => {
    const folder = await scratch();
    const forms = ['out.tar', 'out.tar.gz', 'out.tgz', 'out/'];
    for (const form of forms) await packJson([object('fields'), ...fewKernels, '-o', join(folder, form)]);
    const tar = await readFile(join(folder, 'out.tar'));
    expect(gunzipSync(await readFile(join(folder, 'out.tar.gz'))).equals(tar)).toBe(true);
    expect(gunzipSync(await readFile(join(folder, 'out.tgz'))).equals(tar)).toBe(true);
    for (const [name, content] of await filesInTar(join(folder, 'out.tar'))) {
      expect((await readFile(join(folder, 'out', name))).equals(content)).toBe(true);
    }
    expect((await readdir(folder)).sort()).toEqual(['out', 'out.tar', 'out.tar.gz', 'out.tgz']);
  });

  test('is named after the program, in the current folder, when -o does not say', async () => {
    const cwd = await scratch();
    const summary = await packJson([object('fields'), ...fewKernels], { cwd });
    expect(summary.output).toMatchObject({ path: 'fields.tar', container: 'tar' });
    expect(await readdir(cwd)).toEqual(['fields.tar']);
  });
});

describe('package.json', () => {
  test('is generated for one program, and the object comes out of it as it went in', async () => {
    const out = join(await scratch(), 'out.tar');
    await packJson([object('bootstrap'), ...fewKernels, '-o', out]);
    using pack = openPack(await readFile(out));
    expect(Buffer.from(pack.program() ?? []).equals(await readFile(object('bootstrap')))).toBe(true);
  });

  test('that is given goes in byte for byte, unknown fields and all, and its object is packed for', async () => {
    const folder = await scratch();
    const json = join(folder, 'mine.json');
    using parsed = parseObject(await readFile(object('bootstrap')));
    const text = `${JSON.stringify({ ...JSON.parse(parsed.packageJson('mine').json), future: { a: [1.0, 'ä'] } }, null, '\t')}\r\n`;
    await writeFile(json, text);
    const out = join(folder, 'out.tar');
    const summary = await packJson(['-j', json, ...fewKernels, '-o', out]);
    expect(Buffer.from((await filesInTar(out)).get('./package.json') ?? []).toString()).toBe(text);
    expect(summary.programs.map(({ file }) => file)).toEqual([json]);
    const fromObject = await packJson([object('bootstrap'), ...fewKernels, '-o', join(folder, 'o.tar')]);
    expect(summary.kernels).toEqual(fromObject.kernels);
  });

  test('with -j and the same program once more, the program counts once', async () => {
    const folder = await scratch();
    using parsed = parseObject(await readFile(object('bootstrap')));
    await writeFile(join(folder, 'package.json'), parsed.packageJson('bootstrap').json);
    const args = [object('bootstrap'), '-j', join(folder, 'package.json'), ...fewKernels];
    expect((await packJson([...args, '-o', join(folder, 'o.tar')])).programs).toHaveLength(1);
  });

  test('of several programs is none, unless --main says which', async () => {
    const folder = await scratch();
    const out = join(folder, 'out.tar');
    const both = [object('bootstrap'), object('execsnoop'), ...fewKernels, '-o', out];
    expect((await packJson(both)).output.packageJson).toBe(false);
    expect([...(await filesInTar(out)).keys()]).not.toContain('./package.json');
    await packJson([...both, '--main', object('execsnoop')]);
    using pack = openPack(await readFile(out));
    expect(Buffer.from(pack.program() ?? []).equals(await readFile(object('execsnoop')))).toBe(true);
  });
});

describe('kernels', () => {
  test('of the other byte order are left out, and the summary says why', async () => {
    const out = join(await scratch(), 'out.tar');
    const run = await btfPack(['pack', object('bootstrap', 'bpfeb'), '--from', kernels.from, '-o', out]);
    // Only the archive has a big-endian kernel.
    expect(run.status).toBe(kernels.archive ? 0 : 1);
    expect(kernels.archive ? run.stdout : run.stderr).toMatch(/x86_64, and the program is big-endian/);
  });

  test('of other architectures are left out when the program reads the registers of one', async () => {
    const out = join(await scratch(), 'out.tar');
    const summary = await packJson([object('kprobe_arguments.x86'), '--from', kernels.from, '-o', out]);
    expect(new Set(summary.kernels.map(({ identity }) => identity.arch))).toEqual(new Set(['x86_64']));
    expect(summary.programs[0]?.arch).toBe('x86_64');
    const left = summary.leftOut.map(({ reason }) => reason.replace(/,.*/, '')).sort();
    expect(left).toEqual(kernels.archive ? ['aarch64', 's390x'] : []);
  });

  test('are chosen by --kernels, --arch and --from, with the program named last', async () => {
    const folder = await scratch();
    const bytes = await oneKernel();
    const from = await archiveOf({
      [`ubuntu/20.04/x86_64/5.4.0-26-generic${kernelEnding}`]: bytes,
      [`ubuntu/22.04/x86_64/5.15.0+x${kernelEnding}`]: bytes,
      [`debian/10/arm64/4.19${kernelEnding}`]: bytes,
    });
    const releases = async (...args: string[]) => {
      const summary = await packJson([
        '-o',
        join(folder, 'out.tar'),
        '--from',
        from,
        ...args,
        object('fields'),
      ]);
      return summary.kernels.map(({ identity }) => identity.release);
    };
    expect(await releases()).toEqual(['4.19', '5.4.0-26-generic', '5.15.0+x']);
    expect(await releases('--kernels', 'ubuntu/*')).toEqual(['5.4.0-26-generic', '5.15.0+x']);
    expect(await releases('--kernels', '*+x', 'debian*')).toEqual(['4.19', '5.15.0+x']);
    expect(await releases('--arch', 'aarch64')).toEqual(['4.19']);
    expect(await releases('--arch', 'arm64', 'x86_64')).toHaveLength(3);
  });

  test('with equal BTF count as one different BTF', async () => {
    const bytes = await oneKernel();
    const from = await archiveOf({
      [`a/1/x86_64/one${kernelEnding}`]: bytes,
      [`a/1/x86_64/two${kernelEnding}`]: bytes,
    });
    const summary = await packJson([object('fields'), '--from', from, '-o', join(from, 'out.tar')]);
    expect(summary.totals).toMatchObject({ kernels: 2, differentBtfs: 1 });
  });

  test('come from raw BTF and from ELF, and are unknown/0/ARCH/STEM with a warning where the path is silent', async () => {
    const folder = await scratch();
    using btf = parseBtf(await oneKernel());
    await writeFile(join(folder, 'mine.btf'), btf.bytes());
    await writeFile(join(folder, 'vmlinux'), await readFile(object('bootstrap')));
    const from = ['--from', join(folder, 'mine.btf'), join(folder, 'vmlinux')];
    const summary = await packJson([object('kprobe_arguments.x86'), ...from, '-o', join(folder, 'out.tar')]);
    expect(summary.kernels.map(({ path }) => path)).toEqual([
      'btfhub-archive/unknown/0/x86_64/mine.btf',
      'btfhub-archive/unknown/0/x86_64/vmlinux.btf',
    ]);
    expect(summary.warnings.map(({ code }) => code)).toEqual(['SOURCE_UNKNOWN', 'SOURCE_UNKNOWN']);
  });

  test('the running one alone, and said so, when the cache is empty and --from does not say', async () => {
    const cwd = await scratch();
    const run = await btfPack(['pack', object('fields')], { cwd, env: { BTFHUB_CACHE: cwd } });
    // Where the running kernel has no BTF either, that is what is said.
    expect(run.status === 0 ? run.stdout : run.stderr).toContain(
      `nothing in ${cwd}, which \`btf-pack fetch\` fills`,
    );
    expect(run.status === 0 ? await readdir(cwd) : run.stderr).toEqual(
      run.status === 0 ? ['fields.tar'] : expect.stringMatching(/^btf-pack: SOURCE_EMPTY: /),
    );
  });
});

describe('flaws', () => {
  const broken = { 'a/1/x86_64/empty.btf.tar.xz': '', 'a/1/x86_64/text.btf': 'not BTF at all' };

  test('a broken entry is skipped, named and counted; the rest is packed', async () => {
    const bytes = await oneKernel();
    const cut = bytes.subarray(0, bytes.length / 2);
    const from = await archiveOf({
      ...broken,
      [`a/1/x86_64/cut${kernelEnding}`]: cut,
      [`a/1/x86_64/good${kernelEnding}`]: bytes,
    });
    const args = [object('fields'), '--from', from, '-o', join(from, 'out.tar')];
    const summary = await packJson(args);
    expect(summary.kernels.map(({ identity }) => identity.release)).toEqual(['good']);
    expect(summary.broken.map(({ source }) => source.slice(from.length + 1)).sort()).toEqual(
      [`a/1/x86_64/cut${kernelEnding}`, ...Object.keys(broken)].sort(),
    );
    for (const { code } of summary.broken) expect(code).toMatch(/^(XZ|TAR|ARCHIVE|BTF)_[A-Z]+$/);
    const text = (await btfPack(['pack', ...args])).stdout;
    expect(text).toContain('skipped, 3 broken entries:');
    expect(text).toContain('a/1/x86_64/text.btf: BTF_MAGIC: ');
  });

  test('a broken entry with --strict fails, and nothing is written', async () => {
    const from = await archiveOf({ ...broken, [`a/1/x86_64/good${kernelEnding}`]: await oneKernel() });
    const out = await scratch();
    const run = await btfPack([
      'pack',
      '--strict',
      object('fields'),
      '--from',
      from,
      '-o',
      join(out, 'out.tar'),
    ]);
    expect(run).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^btf-pack: PACK_STRICT: /),
    });
    expect(run.stderr).toContain('a/1/x86_64/empty.btf.tar.xz');
    expect(await readdir(out)).toEqual([]);
  });

  test('when every entry is broken there is nothing to pack', async () => {
    const from = await archiveOf(broken);
    const run = await btfPack(['pack', object('fields'), '--from', from, '-o', join(from, 'out.tar')]);
    expect(run).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^btf-pack: PACK_EMPTY: .*2 that could not be read/),
    });
    expect(await readdir(from)).toEqual(['a']);
  });

  test('a kernel on which libbpf refuses the program is packed and named; --strict fails', async () => {
    const out = join(await scratch(), 'out.tar');
    const args = [object('ambiguous'), ...fewKernels, '-o', out];
    const summary = await packJson(args);
    expect(summary.wouldNotLoad.length).toBeGreaterThan(0);
    const packed = summary.kernels.map(({ path }) => path);
    for (const { path, failure } of summary.wouldNotLoad) {
      expect(packed).toContain(path);
      expect(failure.code).toMatch(/^RELO_/);
    }
    const strict = await btfPack(['pack', '--strict', ...args]);
    expect(strict).toMatchObject({ status: 1, stderr: expect.stringMatching(/^btf-pack: PACK_STRICT: /) });
  });

  test('a program without CO-RE relocations is a note', async () => {
    const out = join(await scratch(), 'out.tar');
    const summary = await packJson([object('no_core'), ...fewKernels, '-o', out]);
    expect(summary.programs).toMatchObject([
      { relocations: 0, notes: [expect.stringMatching(/relocation/)] },
    ]);
  });

  test('programs of both byte orders are OBJECT_MIX', async () => {
    const run = await btfPack(['pack', object('fields'), object('fields', 'bpfeb'), ...fewKernels]);
    expect(run).toMatchObject({ status: 1, stderr: expect.stringMatching(/^btf-pack: OBJECT_MIX: /) });
  });
});
