// Packs that nobody made to be read: thousands of kernels, names that lie, nothing at all.
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPack, openPack } from '@bpfc/core';
import { type HostileInput, hostile } from '@bpfc/fixtures';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scratch } from './cli.js';
import { expectAccessible, Preview, pick, picture, refusalOf } from './page.js';
import { tarOf } from './tar.js';

const EXAMPLE = fileURLToPath(new URL('../public/example/offcpu.tar', import.meta.url));

let preview: Preview;
let scratch: Scratch;
/** Some BTFs that differ: those of the example. */
let btfs: Uint8Array[];
beforeAll(async () => {
  [preview, scratch] = await Promise.all([Preview.start(), Scratch.make()]);
  using pack = openPack(await readFile(EXAMPLE));
  const bySha256 = new Map(
    pack.entries().flatMap(({ path, sha256 }) => (path.endsWith('.btf') ? [[sha256, path]] : [])),
  );
  btfs = [...bySha256.values()].flatMap((path) => pack.read(path ?? '') ?? []);
});
afterAll(async () => {
  await preview?.stop();
  await scratch?.remove();
});

async function openBytes(name: string, bytes: Uint8Array, address = '') {
  await writeFile(scratch.path(name), bytes);
  const opened = await preview.open(address);
  await pick(opened.page, [scratch.path(name)]);
  return opened;
}

const rows = (page: Page) => page.getByRole('treeitem');

describe('4,000 kernels', () => {
  const identities = Array.from({ length: 4000 }, (_, at) => ({
    id: `distribution-${at % 8}`,
    version: String(at % 5),
    arch: at % 2 === 0 ? 'x86_64' : 'aarch64',
    release: `5.${at}.0-generic`,
  }));
  const pack = () => {
    const entries = identities.map((identity, at) => ({
      identity,
      bytes: btfs[at % btfs.length] ?? new Uint8Array(),
    }));
    return createPack({ entries, container: 'tar' });
  };

  test('are a tree that begins closed, of which few rows exist', async () => {
    const { page, complaints } = await openBytes('many.tar', pack());
    await page.getByText('4,000 kernels', { exact: true }).first().waitFor();
    expect(await rows(page).count()).toBe(8);
    await page.getByLabel('Filter kernels').fill('generic');
    await expect.poll(() => rows(page).count()).toBeGreaterThan(8);
    await page.getByRole('tree').focus();
    await page.keyboard.press('End');
    await expect.poll(() => rows(page).last().textContent()).toContain('5.3999.0-generic');
    expect(await rows(page).count()).toBeLessThan(100);
    const [levels, sizes] = await Promise.all([
      rows(page).last().getAttribute('aria-level'),
      rows(page).last().getAttribute('aria-setsize'),
    ]);
    expect([levels, sizes]).toEqual(['4', '100']);
    // The active row is scrolled away, and comes back with the next key.
    await page.getByRole('tree').evaluate((scroller) => scroller.scrollTo(0, 0));
    await rows(page).getByText('distribution-0', { exact: true }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('ArrowUp');
    await page.getByRole('treeitem', { name: '5.3959.0-generic' }).waitFor();
    await page.getByLabel('Filter kernels').fill('5.2718.');
    await page.getByText('1 of 4,000 kernels').waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  test('have an address each', async () => {
    const last = 'distribution-7/4/aarch64/5.3999.0-generic';
    const { page, complaints } = await openBytes(
      'many.tar',
      pack(),
      `#/pack/many.tar/${encodeURIComponent(last)}`,
    );
    const selected = page.getByRole('treeitem', { selected: true });
    expect(await selected.textContent()).toContain('5.3999.0-generic');
    expect(await rows(page).count()).toBeLessThan(100);
    await page.getByLabel('Filter kernels').fill('5.1');
    await page.getByLabel('Filter kernels').fill('');
    await expect.poll(() => selected.count()).toBe(1);
    expect(complaints).toEqual([]);
  });
});

test('4,000 different BTFs, all broken, are a list of which few rows exist', async () => {
  const entries = Array.from({ length: 4000 }, (_, at) => ({
    name: `btfhub-archive/debian/12/x86_64/6.${at}.0.btf`,
    bytes: Buffer.from(`no BTF ${at}`),
  }));
  const { page, complaints } = await openBytes('broken.tar', tarOf(entries));
  await page.getByText('4,000 broken BTFs').waitFor();
  expect(await page.getByRole('option').count()).toBeLessThan(100);
  const unserved = page.getByRole('region', { name: 'What this pack cannot serve' });
  expect(await unserved.locator('li').count()).toBe(100);
  await unserved.getByRole('button', { name: '100 more of 4,000' }).click();
  expect(await unserved.locator('li').count()).toBe(200);
  await unserved.getByRole('button', { name: /^BTF 7\b/ }).click();
  const selected = page.getByRole('region', { name: 'Selected' });
  await selected.getByRole('alert').getByText('BTF_MAGIC').waitFor();
  expect(await selected.getByRole('link', { name: 'Its types' }).count()).toBe(0);
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('names that lie or never end are shown as they are, and break nothing', async () => {
  const [btf] = btfs;
  const long = 'x'.repeat(3900);
  const entries = [
    { name: `btfhub-archive/debian/12/x86_64/6.1.0-\u202egnol.btf`, bytes: btf },
    { name: `btfhub-archive/de\u200bbian/12/x86_64/${long}.btf`, bytes: btf },
    { name: 'btfhub-archive/<img src=x onerror=alert(1)>/12/x86_64/<b>6.1.btf', bytes: btf },
    { name: 'btfhub-archive/debian/12/x86_64/6.1.0-broken.btf', bytes: Buffer.from('\x1b[31m') },
    { name: 'again/debian/12/x86_64/6.1.0-broken.btf', bytes: btf },
    { name: 'flat.btf', bytes: btf },
    { name: `notes\x1b[2J-${long}`, bytes: Buffer.from('x') },
    { name: 'PROVENANCE.json', bytes: Buffer.from('{"tool":') },
    { name: 'link.btf', link: '/etc/passwd' },
    { name: '../\u2066outside.btf', bytes: btf },
  ];
  const { page, complaints } = await openBytes('names.tar', tarOf(entries));
  const tree = page.getByRole('tree');
  await tree.getByText('6.1.0-\\u{202e}gnol', { exact: true }).waitFor();
  await tree.getByText('de\\u{200b}bian', { exact: true }).waitFor();
  await tree.getByText('<img src=x onerror=alert(1)>', { exact: true }).waitFor();
  await tree.getByText('flat.btf', { exact: true }).click();
  const selected = page.getByRole('region', { name: 'Selected' });
  await selected.getByText('its path does not say which distribution').waitFor();
  await tree.getByText(long, { exact: true }).click();
  await selected.getByText(`de\\u{200b}bian/12/x86_64/${long}`, { exact: true }).waitFor();
  await page.getByText('PROVENANCE.json in it is none that btf-pack writes').waitFor();
  const unserved = page.getByRole('region', { name: 'What this pack cannot serve' });
  await unserved.getByText('BTF_').first().waitFor();
  await unserved.getByText('link.btf').waitFor();
  await unserved.getByText('../\\u{2066}outside.btf').waitFor();
  await page.getByText('notes\\u{1b}[2J-').waitFor();

  // Two entries of one kernel: each has an address.
  const twice = tree.getByText('6.1.0-broken', { exact: true });
  for (const [at, path] of ['again/debian', 'btfhub-archive/debian'].entries()) {
    await twice.nth(at).click();
    await selected.getByText(`${path}/12/x86_64/6.1.0-broken.btf`, { exact: true }).waitFor();
    expect(await page.getByRole('treeitem', { selected: true }).count()).toBe(1);
  }
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await expectAccessible(page);
    await picture(page, `pack-names-${width}`);
  }
  const shown = (await page.locator('main').textContent()) ?? '';
  expect(['\u202e', '\u200b', '\u2066', '\x1b'].filter((unseen) => shown.includes(unseen))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a pack without kernels says so', async () => {
  const { page, complaints } = await openBytes(
    'none.tar',
    tarOf([
      { name: 'read.me', bytes: Buffer.from('x') },
      { name: 'b', bytes: Buffer.from('x') },
    ]),
  );
  await page.getByText('The pack has no BTF: it serves no kernel').waitFor();
  await page.getByText('The pack has none: no package.json').waitFor();
  await page.getByText('read.me', { exact: true }).waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('packs that are none are refused as inspect refuses them, and the page lives on', async () => {
  const list: HostileInput[] = JSON.parse(await readFile(new URL('hostile.json', hostile), 'utf8'));
  const packs = list
    .filter((input) => input.as === 'pack')
    .map(({ file }) => fileURLToPath(new URL(file, hostile)));
  const { page, complaints } = await preview.open();
  await pick(page, packs);
  for (const path of packs) {
    const refused = await scratch.btfPack('inspect', path).then(
      () => expect.fail(`${path} is read`),
      (error) => /^btf-pack: ([A-Z0-9_]+): /m.exec(error.message)?.[1],
    );
    expect(await refusalOf(page, basename(path))).toBe(refused);
  }
  await pick(page, [EXAMPLE]);
  await page.getByRole('tree').waitFor();
  expect(complaints).toEqual([]);
});
