// Packages: the kernel, its config and modules; debug symbols.
import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BpfcError } from '@bpfc/core';
import { expect, test } from 'vitest';
import { identify, readKernel } from '../src/index.js';
import {
  BTF,
  btfOf,
  bzImage,
  CONTROL,
  compiled,
  compressed,
  deb,
  flatKernel,
  moduleWith,
  namesIn,
  RELEASE,
  rpm,
  scratch,
} from './support.js';

const VMLINUZ = `boot/vmlinuz-${RELEASE}`;
const DEBUG = `usr/lib/debug/boot/vmlinux-${RELEASE}`;

const IDENTITY = { id: 'debian', version: '12', arch: 'x86_64', release: RELEASE };

test.each(['xz', 'zstd', 'gzip', 'none'])('a kernel with all that belongs to it, in %s', async (data) => {
  const types = btfOf('enums');
  const path = deb(
    {
      [VMLINUZ]: bzImage(compressed('lz4', flatKernel())),
      [`boot/config-${RELEASE}`]: 'CONFIG_DEBUG_INFO_BTF=y\n',
      [`lib/modules/${RELEASE}/kernel/plain-one.ko`]: moduleWith(types),
      [`lib/modules/${RELEASE}/kernel/net/in_xz.ko.xz`]: compressed('xz', moduleWith(types)),
      [`lib/modules/${RELEASE}/kernel/net/in_zstd.ko.zst`]: compressed('zstd', moduleWith(types)),
      [`lib/modules/${RELEASE}/kernel/without.ko`]: readFileSync(compiled('int module;')),
      [`boot/System.map-${RELEASE}`]: 'not read',
    },
    { data },
  );
  const folder = scratch();
  const kernel = await readKernel(path, folder);
  expect(kernel).toMatchObject({ btf: BTF, native: true, origin: 'image' });
  expect(identify(kernel.said, undefined)).toEqual(IDENTITY);
  expect(Buffer.from(kernel.config ?? []).toString()).toBe('CONFIG_DEBUG_INFO_BTF=y\n');
  expect([...kernel.modules.keys()].sort()).toEqual(['in_xz', 'in_zstd', 'plain_one']);
  for (const bytes of kernel.modules.values()) expect(new Uint8Array(gunzipSync(bytes))).toEqual(types);
  expect(namesIn(folder)).toEqual([]);
});

test('debug symbols go through a file that is gone then', async () => {
  const vmlinux = readFileSync(compiled('struct in_dwarf { int member; } variable;', '-g'));
  const path = deb({ [DEBUG]: vmlinux, [`usr/lib/debug/lib/modules/${RELEASE}/kernel/a.ko`]: 'not read' });
  const folder = scratch();
  const kernel = await readKernel(path, folder);
  expect(kernel).toMatchObject({ native: false, origin: 'dwarf', modules: new Map() });
  // The file itself says no release, so its name does.
  expect(identify(kernel.said, undefined)).toEqual(IDENTITY);
  expect(namesIn(folder)).toEqual([]);
});

test.each(['gzip', 'xz', 'zstd'])('an RPM, in %s', async (payload) => {
  const release = '6.8.5-301.fc40.x86_64';
  const folder = `lib/modules/${release}`;
  const path = rpm(
    {
      [`${folder}/vmlinuz`]: bzImage(
        compressed('zstd', flatKernel(`Linux version ${release} (a@b) (gcc) #1 SMP`)),
      ),
      [`${folder}/config`]: 'CONFIG_DEBUG_INFO_BTF=y\n',
      [`${folder}/kernel/a-module.ko.xz`]: compressed('xz', moduleWith(btfOf('enums'))),
    },
    payload,
  );
  const kernel = await readKernel(path, scratch());
  expect(kernel).toMatchObject({ btf: BTF, native: true, origin: 'image' });
  expect(identify(kernel.said, undefined)).toEqual({ id: 'fedora', version: '40', arch: 'x86_64', release });
  expect([...kernel.modules.keys()]).toEqual(['a_module']);
  expect(kernel.config).toHaveLength(24);
});

test('an RPM of debug symbols', async () => {
  const vmlinux = readFileSync(compiled('struct in_dwarf { int member; } variable;', '-g'));
  const path = rpm({ 'usr/lib/debug/lib/modules/6.8.5-301.fc40.x86_64/vmlinux': vmlinux }, 'zstd');
  const folder = scratch();
  const kernel = await readKernel(path, folder);
  expect(kernel).toMatchObject({ origin: 'dwarf', said: { id: 'fedora', release: '6.8.5-301.fc40.x86_64' } });
  expect(namesIn(folder)).toEqual([]);
});

test('debug symbols are checked by the sum that the package has of them', async () => {
  const vmlinux = readFileSync(compiled('struct in_dwarf { int member; } variable;', '-g'));
  const sum = createHash('md5').update(vmlinux).digest('hex');
  const good = deb({ [DEBUG]: vmlinux }, { md5sums: `${sum}  ${DEBUG}\n` });
  expect(await readKernel(good, scratch())).toMatchObject({ origin: 'dwarf' });
  const folder = scratch();
  const bad = deb({ [DEBUG]: vmlinux }, { md5sums: `${'0'.repeat(32)}  ${DEBUG}\n` });
  await expect(readKernel(bad, folder)).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
  expect(namesIn(folder)).toEqual([]);
});

test('of a distribution that is not known, the distribution has to be said', async () => {
  const banner = 'Linux version 5.10.104-tegra (a@b) (gcc) #1 SMP PREEMPT';
  const path = deb(
    { 'boot/Image-5.10.104-tegra': flatKernel(banner) },
    {
      control: CONTROL.replace(/Maintainer:.*/, 'Maintainer: NVIDIA').replace(
        'Architecture: amd64',
        'Architecture: arm64',
      ),
    },
  );
  const { said } = await readKernel(path, scratch());
  expect(() => identify(said, undefined)).toThrow(
    /does not say of which distribution.*--id ID\/VERSION\/aarch64\/5\.10\.104-tegra/,
  );
});

test('a package without a kernel, or with two, says so', async () => {
  const none = deb({ 'usr/share/doc/copyright': 'text' });
  await expect(readKernel(none, scratch())).rejects.toMatchObject({ code: 'PACKAGE_KERNEL' });
  const two = deb({ [VMLINUZ]: flatKernel(), 'boot/vmlinuz-6.2': flatKernel() });
  await expect(readKernel(two, scratch())).rejects.toMatchObject({
    code: 'PACKAGE_KERNEL',
    message: expect.stringMatching(/several kernels/),
  });
});

const FILES = { [VMLINUZ]: bzImage(compressed('xz', flatKernel())), 'boot/config-x': 'a' };

test.each([
  ['.deb', () => deb(FILES)],
  ['RPM', () => rpm(FILES, 'xz')],
])(
  'a %s that is cut off or damaged anywhere is an error with a code, and never half a kernel',
  async (_, make) => {
    const path = make();
    const whole = readFileSync(path);
    for (let size = 8; size < whole.length; size += 97) {
      writeFileSync(path, whole);
      truncateSync(path, size);
      await expect(readKernel(path, scratch()), `${size} bytes`).rejects.toBeInstanceOf(BpfcError);
    }
    for (let at = 8; at < whole.length; at += 101) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      writeFileSync(path, damaged);
      const outcome = await readKernel(path, scratch()).catch((error) => error);
      // Headers have bytes on which nothing rests.
      if (outcome instanceof Error) expect(outcome, `byte ${at}`).toBeInstanceOf(BpfcError);
      else expect(outcome.btf).toEqual(BTF);
    }
  },
);
