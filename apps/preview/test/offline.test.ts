// After the first load the page needs no network.

import { fileURLToPath } from 'node:url';
import { objects } from '@bpfc/fixtures';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Preview, pick } from './page.js';

let preview: Preview;
beforeAll(async () => {
  preview = await Preview.start();
});
afterAll(() => preview?.stop());

test('a reload without network shows the same place, the example included', async () => {
  const { page, context, complaints } = await preview.open('?example#/pack');
  await page.getByText('pack, 60 kernels').waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await context.setOffline(true);
  await page.reload();
  await page.getByText('pack, 60 kernels').waitFor();
  for (const view of ['Relocations', 'Types', 'Trim it here']) {
    await page.getByRole('navigation').getByRole('link', { name: view }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  await pick(page, [fileURLToPath(new URL('bpfel/execsnoop.bpf.o', objects))]);
  await page.getByText('object, 2 programs').waitFor();
  expect(complaints).toEqual([]);
});

test('the console too, once it was open; before that it says what is missing', async () => {
  const first = await preview.open('#/pack');
  await first.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await first.context.setOffline(true);
  await first.page.reload();
  await first.page.getByRole('link', { name: 'Console' }).click();
  await first.page.getByRole('alert').waitFor();

  const second = await preview.open('#/console');
  await second.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await second.page.reload();
  const run = async () => {
    await second.page.getByRole('textbox', { name: '$ bpfc' }).fill('--version');
    await second.page.keyboard.press('Enter');
    await second.page.getByText(/^0\.\d+\.\d+/).waitFor();
  };
  await run();
  await second.context.setOffline(true);
  await second.page.reload();
  await run();
});
