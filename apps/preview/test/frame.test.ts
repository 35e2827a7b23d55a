// What holds for every view: opening files, the tabs, and what is said of a file that is none.

import { fileURLToPath } from 'node:url';
import { objects } from '@bpfc/fixtures';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAccessible, Preview, pick, picture } from './page.js';

let preview: Preview;
beforeAll(async () => {
  preview = await Preview.start();
});
afterAll(() => preview?.stop());

const execsnoop = fileURLToPath(new URL('bpfel/execsnoop.bpf.o', objects));

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
