// Trimming in the page gives the bytes that the command gives.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostile, objects } from '@bpfc/fixtures';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scratch } from './cli.js';
import { ARCHIVE, expectAccessible, Preview, pick, pickFolder, picture } from './page.js';

const object = (name: string) => fileURLToPath(new URL(`bpfel/${name}.bpf.o`, objects));

let preview: Preview;
let scratch: Scratch;
beforeAll(async () => {
  [preview, scratch] = await Promise.all([Preview.start(), Scratch.make()]);
});
afterAll(async () => {
  await preview?.stop();
  await scratch?.remove();
});

async function byCommand(name: string, args: readonly string[]): Promise<Buffer> {
  await scratch.btfPack('pack', ...args, '-o', name);
  return readFile(scratch.path(name));
}

async function saved(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: `Save ${name}` }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(name);
  return readFile(await download.path());
}

test('a pack of the whole archive is byte for byte the one of btf-pack', async () => {
  const { page, complaints } = await preview.open('#/trim');
  await page.getByRole('heading', { name: 'Trim it here' }).waitFor();
  await pick(page, [object('execsnoop')]);
  await pickFolder(page, ARCHIVE, 62);
  await page.getByText('2 files of other names passed over').waitFor();
  await page.getByRole('button', { name: 'Trim and pack 61 kernels' }).click();
  await page.getByRole('heading', { name: 'execsnoop.tar: 60 kernels' }).waitFor({ timeout: 60_000 });
  await page.getByText('1 kernel left out: s390x, and the program is little-endian').waitFor();
  await expectAccessible(page);
  await picture(page, 'trim');
  const tar = await saved(page, 'execsnoop.tar');
  expect(tar.equals(await byCommand('execsnoop.tar', [object('execsnoop'), '--from', ARCHIVE]))).toBe(true);

  await page.getByRole('textbox', { name: 'Name' }).fill('btfs.tar.gz');
  await page.getByRole('textbox', { name: 'Only these' }).fill('ubuntu/* centos/8/*');
  await page.getByRole('combobox', { name: 'Read by' }).selectOption({ label: 'inspektor-gadget' });
  await page.getByRole('button', { name: 'Trim and pack' }).click();
  await page.getByRole('heading', { name: 'btfs.tar.gz: 30 kernels' }).waitFor({ timeout: 60_000 });
  const args = [
    object('execsnoop'),
    '--from',
    ARCHIVE,
    '--kernels',
    'ubuntu/*',
    'centos/8/*',
    '--layout',
    'ig',
  ];
  expect((await saved(page, 'btfs.tar.gz')).equals(await byCommand('btfs.tar.gz', args))).toBe(true);
  await page
    .getByText(
      `btf-pack pack execsnoop.bpf.o --from btfhub-archive --kernels 'ubuntu/*' 'centos/8/*' --layout ig`,
    )
    .waitFor();
  expect(complaints).toEqual([]);
});

test('the example is what btf-pack makes of the archive', async () => {
  const example = fileURLToPath(new URL('../public/example/offcpu.tar', import.meta.url));
  const packed = await byCommand('offcpu.tar', [object('offcpu'), '--from', ARCHIVE]);
  // As with other goldens of the repository: written anew where this is set.
  if (process.env.BPFC_UPDATE) await writeFile(example, packed);
  expect(packed.equals(await readFile(example))).toBe(true);
});

test('a BTF that does not say of which kernel it is gets its name from the reader', async () => {
  const running = scratch.path('running.btf');
  // Read, not copied by the kernel: sysfs may give it nothing.
  await writeFile(running, await readFile('/sys/kernel/btf/vmlinux'));
  const { page, complaints } = await preview.open('#/trim');
  await pick(page, [object('execsnoop'), running]);
  await page.getByRole('textbox', { name: 'Kernel of running.btf' }).fill('acme/1/x86_64/6.18.0');
  await page.getByRole('button', { name: 'Trim and pack 1 kernel' }).click();
  await page.getByRole('heading', { name: 'execsnoop.tar: 1 kernel' }).waitFor();
  await page.getByRole('button', { name: 'Look into it' }).click();
  await page.getByText('pack, 1 kernel').waitFor();
  expect(page.url()).toMatch(/#\/pack\/execsnoop\.tar$/);
  expect(complaints).toEqual([]);
});

test('kernels that cannot be read are named as btf-pack names them, and the others packed', async () => {
  const archive = scratch.path('hostile');
  const kernels = join(archive, 'debian/10/x86_64');
  await mkdir(kernels, { recursive: true });
  // As an archive has them: unpacked when they are trimmed.
  const cases: { file: string; as: string }[] = JSON.parse(
    await readFile(new URL('hostile.json', hostile), 'utf8'),
  );
  const hostiles = cases.filter(({ as, file }) => as === 'kernel' && file.endsWith('.btf.tar.xz'));
  for (const { file } of hostiles) {
    await copyFile(new URL(file, hostile), join(kernels, basename(file)));
  }
  const whole = '4.19.0-18-amd64.btf.tar.xz';
  await copyFile(join(ARCHIVE, 'debian/10/x86_64', whole), join(kernels, whole));
  const { page, complaints } = await preview.open();
  await pick(page, [object('execsnoop')]);
  await pickFolder(page, archive, 2 + hostiles.length);
  await page.getByRole('link', { name: 'Trim it here' }).click();
  await page.getByRole('button', { name: 'Trim and pack' }).click();
  await page.getByRole('heading', { name: 'execsnoop.tar: 1 kernel' }).waitFor();
  const { broken } = await scratch.json<{ broken: { source: string; code: string }[] }>(
    'pack',
    object('execsnoop'),
    '--from',
    archive,
    '-o',
    'one.tar',
  );
  expect(broken.length).toBeGreaterThan(5);
  for (const { source, code } of broken) {
    const problem = page.getByRole('alert').filter({ hasText: basename(source) });
    expect(await problem.locator('.code').textContent()).toBe(code);
  }
  expect(complaints).toEqual([]);
});

test('says why where no kernel is left', async () => {
  const { page } = await preview.open('#/trim');
  await pick(page, [object('execsnoop'), join(ARCHIVE, 'debian/10/x86_64/4.19.0-18-amd64.btf.tar.xz')]);
  await page.getByRole('textbox', { name: 'Only these' }).fill('fedora/*');
  await page.getByRole('button', { name: 'Trim and pack' }).click();
  await page.getByRole('alert').getByText('PACK_EMPTY').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('pack.zip');
  await page.getByRole('button', { name: 'Trim and pack' }).click();
  await page.getByRole('alert').getByText('CLI_USAGE').waitFor();
});
