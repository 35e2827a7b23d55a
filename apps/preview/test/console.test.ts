// The console runs bpfc on the open files, and its modules are loaded for nothing else.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { objects } from '@bpfc/fixtures';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ARCHIVE, expectAccessible, Preview, pick, picture } from './page.js';

const BPFC = join(
  process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../../target', import.meta.url)),
  'release/bpfc',
);
const execsnoop = fileURLToPath(new URL('bpfel/execsnoop.bpf.o', objects));
const kernel = '4.19.0-18-amd64.btf.tar.xz';
const kernelPath = join(ARCHIVE, 'debian/10/x86_64', kernel);

let preview: Preview;
beforeAll(async () => {
  preview = await Preview.start();
});
afterAll(() => preview?.stop());

async function runLine(page: Page, line: string): Promise<void> {
  await page.getByRole('textbox', { name: '$ bpfc' }).fill(line);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Run' }).waitFor({ timeout: 30_000 });
}

test('prints and writes what the native command does', async () => {
  const { page, complaints } = await preview.open('#/console');
  await pick(page, [execsnoop, kernelPath]);
  await runLine(page, `trim ${kernel} small.btf execsnoop.bpf.o`);
  await page.getByText('written: small.btf').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save small.btf' }).click(),
  ]);
  const native = promisify(execFile);
  const trimmed = await download.path();
  const { stdout } = await native(BPFC, ['dump', trimmed]);
  expect(stdout).toContain('struct task_struct');
  await runLine(page, 'dump small.btf');
  expect(await page.locator('.log pre').last().textContent()).toBe(stdout);

  await runLine(page, "inspect *.o --against '4.19.0-18-amd64.btf.tar.xz' > report.txt");
  await page.getByText('written: report.txt').waitFor();
  await runLine(page, 'no-such-command');
  await page.getByText('exit code 2').waitFor();
  await runLine(page, "diff 'a");
  await page.getByText('has no end').waitFor();
  await expectAccessible(page);
  await picture(page, 'console');
  expect(complaints).toEqual([]);
});

test('completes commands and files, and recalls lines', async () => {
  const { page } = await preview.open('#/console');
  await pick(page, [execsnoop, kernelPath]);
  await page.getByText('object, 2 programs').waitFor();
  const line = page.getByRole('textbox', { name: '$ bpfc' });
  await line.focus();
  await page.keyboard.type('insp');
  await page.keyboard.press('Tab');
  await page.keyboard.type('exec');
  await page.keyboard.press('Tab');
  expect(await line.inputValue()).toBe('inspect execsnoop.bpf.o ');
  await page.keyboard.press('Enter');
  await page.getByText('CO-RE relocation').first().waitFor();
  await page.keyboard.press('ArrowUp');
  expect(await line.inputValue()).toBe('inspect execsnoop.bpf.o');
  // Where nothing is typed, Tab leaves the field.
  await line.fill('');
  await page.keyboard.press('Tab');
  expect(await line.evaluate((element) => element === document.activeElement)).toBe(false);
});

test('a command that runs can be stopped, and the next one runs', async () => {
  const { page } = await preview.open('#/console');
  const centos = '4.18.0-147.el8.x86_64.btf.tar.xz';
  await pick(page, [join(ARCHIVE, 'centos/8/x86_64', centos)]);
  await page.getByRole('textbox', { name: '$ bpfc' }).fill(`dump ${centos}`);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('exit code 130').waitFor();
  await runLine(page, '--version');
  await page.getByText(/^0\.\d+\.\d+/).waitFor();
});

test('@bpfc/wasi is loaded when the console is opened, and not before', async () => {
  preview.server.asked.length = 0;
  const { page } = await preview.open('?example');
  await page.getByText('pack, 60 kernels').waitFor();
  for (const view of ['Relocations', 'Types', 'Trim it here']) {
    await page.getByRole('navigation').getByRole('link', { name: view }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const isOfWasi = (path: string) => /console|wasmer|\/bpfc-/i.test(path);
  expect(preview.server.asked.filter(isOfWasi)).toEqual([]);
  await page.getByRole('link', { name: 'Console' }).click();
  await runLine(page, '--version');
  expect(preview.server.asked.filter(isOfWasi).length).toBeGreaterThanOrEqual(3);
});
