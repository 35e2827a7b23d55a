// What holds for every view: opening files, the tabs, and what is said of a file that is none.

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from '@bpfc/core';
import { hostile, objects } from '@bpfc/fixtures';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARCHIVE, expectAccessible, Preview, pick, picture, refusalOf } from './page.js';

let preview: Preview;
beforeAll(async () => {
  preview = await Preview.start();
});
afterAll(() => preview?.stop());

const execsnoop = fileURLToPath(new URL('bpfel/execsnoop.bpf.o', objects));

/** What the core says of a file in Node; undefined where it reads it. */
function codeOf(bytes: Uint8Array): string | undefined {
  try {
    inspect(bytes);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the first page', () => {
  test('says what it takes, and opens the example with one click', async () => {
    const { page, complaints } = await preview.open();
    await page.getByRole('heading', { level: 1, name: 'Look into' }).waitFor();
    await expectAccessible(page);
    await picture(page, 'welcome');
    await page.getByRole('button', { name: 'Open the example' }).click();
    await page.getByText('pack, 60 kernels').waitFor();
    expect(page.url()).toMatch(/\?example=#\/pack$/);
    expect(complaints).toEqual([]);
  });

  test('shows the view for the first file that is opened', async () => {
    const { page, complaints } = await preview.open();
    await pick(page, [execsnoop]);
    await page.getByText('object, 2 programs').waitFor();
    expect(page.url()).toMatch(/#\/relocations$/);
    expect(complaints).toEqual([]);
  });

  test('names what is none of its files, and goes on', async () => {
    const { page } = await preview.open();
    await pick(page, [fileURLToPath(import.meta.url)]);
    await page.getByRole('alert').getByText('BTF_').waitFor();
    await pick(page, [execsnoop]);
    await page.getByText('object, 2 programs').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe('files', () => {
  test('come from addresses, and what cannot be had is said', async () => {
    const { page } = await preview.open(
      '?url=example/offcpu.tar&url=no-such.btf&url=http://127.0.0.1:9/x.tar',
    );
    await page.getByText('pack, 60 kernels').waitFor();
    await page.getByRole('alert').filter({ hasText: 'no-such.btf: the server answered 404' }).waitFor();
    await page.getByRole('alert').filter({ hasText: 'http://127.0.0.1:9/x.tar' }).waitFor();
    expect(await page.locator('.code').allTextContents()).toEqual(['FILE_FETCH', 'FILE_FETCH']);
  });

  test('of one name replace each other, and can be closed', async () => {
    const { page } = await preview.open();
    await pick(page, [execsnoop]);
    await pick(page, [execsnoop]);
    expect(await page.locator('.chip').count()).toBe(1);
    await page.getByRole('button', { name: 'Close execsnoop.bpf.o' }).click();
    expect(await page.locator('.chip').count()).toBe(0);
  });

  test('that are hostile are refused as the core refuses them, and the page lives on', async () => {
    const cases: { file: string }[] = JSON.parse(await readFile(new URL('hostile.json', hostile), 'utf8'));
    const { page, complaints } = await preview.open();
    await pick(
      page,
      cases.map(({ file }) => fileURLToPath(new URL(file, hostile))),
    );
    let refused = 0;
    for (const { file } of cases) {
      const code = codeOf(await readFile(new URL(file, hostile)));
      if (code === undefined) continue;
      refused++;
      expect.soft(await refusalOf(page, basename(file)), file).toBe(code);
    }
    expect(refused).toBeGreaterThan(cases.length / 2);
    await page.getByText(`${refused} files could not be opened`).waitFor();
    await pick(page, [execsnoop]);
    for (const view of ['Pack', 'Relocations', 'Types', 'Trim it here', 'Console']) {
      await page.getByRole('navigation').getByRole('link', { name: view }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
    }
    expect(complaints).toEqual([]);
  });
});

describe('every view', () => {
  const views = ['pack', 'relocations', 'types', 'trim', 'console'];

  test.each(['light', 'dark'] as const)('is accessible, %s, with files and without', async (colorScheme) => {
    for (const address of ['', '?example']) {
      const { page, context, complaints } = await preview.open(address, { colorScheme });
      if (address) await page.getByText('pack, 60 kernels').waitFor();
      for (const view of views) {
        await page.goto(`${preview.server.url}${address}#/${view}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        await page.locator('main .pending').first().waitFor({ state: 'detached' });
        await expectAccessible(page);
      }
      expect(complaints).toEqual([]);
      await context.close();
    }
  });

  test.each([
    ['phone', { width: 360, height: 740 }],
    ['desktop', { width: 1280, height: 800 }],
    ['4k', { width: 3840, height: 2160 }],
  ])('fits a screen: %s', async (name, viewport) => {
    const { page } = await preview.open('?example', { viewport });
    await page.getByText('pack, 60 kernels').waitFor();
    await pick(page, [execsnoop, join(ARCHIVE, 'debian/10/x86_64/4.19.0-18-amd64.btf.tar.xz')]);
    for (const view of views) {
      await page.goto(`${preview.server.url}?example#/${view}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await page.locator('main .pending').first().waitFor({ state: 'detached' });
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect.soft(wider, view).toBe(0);
      await picture(page, `${view}-${name}`);
    }
  });

  test('is reached by keyboard alone, from the first page on', async () => {
    const { page } = await preview.open('?example');
    await page.getByText('pack, 60 kernels').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    for (const title of ['Relocations', 'Types', 'Trim it here', 'Console', 'Pack']) {
      await page.getByRole('navigation').getByRole('link', { name: title }).focus();
      await page.keyboard.press('Enter');
      await page
        .getByRole('link', { name: title, exact: true })
        .and(page.locator('[aria-current]'))
        .waitFor();
    }
    await page.goBack();
    expect(page.url()).toMatch(/#\/console$/);
  });
});
