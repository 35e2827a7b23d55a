// The view of relocations: every verdict is the command's, a link leads to a cell, keys lead through the matrix.
import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RelocationsOverKernels } from '@bpfc/core/slim';
import { objects } from '@bpfc/fixtures';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARCHIVE, expectAccessible, type OpenedPage, Preview, pick, picture } from './page.js';

/** Of a few distributions and machines; the first is 44 MB when it is unpacked, s390x has the other byte order. */
const KERNELS = [
  'centos/8/x86_64/4.18.0-147.el8.x86_64.btf.tar.xz',
  'debian/10/x86_64/4.19.0-17-amd64.btf.tar.xz',
  'debian/10/x86_64/4.19.0-17-cloud-amd64.btf.tar.xz',
  'debian/12/arm64/6.1.0-47-arm64.btf.tar.xz',
  'debian/12/s390x/6.1.0-47-s390x.btf.tar.xz',
  'ubuntu/20.04/x86_64/5.11.0-1028-gcp.btf.tar.xz',
  'ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz',
  'ubuntu/20.04/x86_64/5.4.0-29-generic.btf.tar.xz',
];
const OBJECTS = ['execsnoop', 'fields', 'pruning', 'missing', 'ambiguous', 'matches'];

const objectOf = (name: string) => fileURLToPath(new URL(`bpfel/${name}.bpf.o`, objects));
const cli = fileURLToPath(new URL('../../../packages/btf-pack/dist/cli.js', import.meta.url));

let preview: Preview;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kernels-'));
  for (const kernel of KERNELS) {
    await mkdir(dirname(join(folder, kernel)), { recursive: true });
    await cp(join(ARCHIVE, kernel), join(folder, kernel));
  }
  preview = await Preview.start();
});
afterAll(async () => {
  await preview?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A page with the kernels and some objects open. */
async function opened(names: readonly string[], options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const opened = await preview.open('', {
    permissions: ['clipboard-read', 'clipboard-write'],
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  await opened.page.locator('input[webkitdirectory]').setInputFiles(folder);
  await opened.page.getByText(`${KERNELS.length} open files`).waitFor();
  await pick(opened.page, names.map(objectOf));
  await opened.page.getByText(`${KERNELS.length + names.length} open files`).waitFor();
  return opened;
}

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, hash);
}

/** Waits for the answers on all kernels. */
async function answered(page: Page): Promise<void> {
  await page.getByText('relocates without refusal on').waitFor();
  await page.locator('.progress').waitFor({ state: 'detached' });
}

async function told(name: string): Promise<RelocationsOverKernels> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, 'inspect', objectOf(name), '--against', folder, '--json'],
    { maxBuffer: 1 << 28 },
  );
  return JSON.parse(stdout).against;
}

/** Without the order of kernels: each outcome with the names of its kernels. */
function byName({ kernels, relocations }: RelocationsOverKernels) {
  const name = (position: number) => kernels[position]?.name ?? '';
  return {
    kernels: [...kernels].sort((a, b) => (a.name < b.name ? -1 : 1)),
    relocations: relocations.map(({ outcomes, ...relocation }) => ({
      ...relocation,
      outcomes: outcomes
        .map((outcome) => ({ ...outcome, kernels: outcome.kernels.map(name).sort() }))
        .sort((a, b) => (String(a.kernels) < String(b.kernels) ? -1 : 1)),
    })),
  };
}

/** What a reader sees in the matrix, as `access | kind | release | verdict`. */
function cellsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const words = (element: Element | null | undefined) => element?.textContent?.trim() ?? '';
    const releases = [...document.querySelectorAll('thead th:not(.corner)')].map((head) =>
      words(head.querySelector('.release')),
    );
    return [...document.querySelectorAll('tbody tr:not(.program)')].flatMap((row) =>
      [...row.querySelectorAll('td')].map((cell, at) =>
        [
          words(row.querySelector('.access')),
          words(row.querySelector('.kind')),
          releases[at],
          /[a-z]+/.exec(words(cell))?.[0],
        ].join(' | '),
      ),
    );
  });
}

describe('every verdict is that of the command', () => {
  let all: OpenedPage;
  beforeAll(async () => {
    all = await opened(OBJECTS, { viewport: { width: 3840, height: 4000 } });
  });
  afterAll(() => all?.context.close());

  test.each(OBJECTS)('%s', async (name) => {
    const expected = await told(name);
    const { page, complaints } = all;
    await goTo(page, `#/relocations/${name}.bpf.o`);
    await answered(page);
    await page.getByRole('button', { name: 'Copy as JSON' }).click();
    await page.getByText('copied as JSON').waitFor();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(byName(copied)).toEqual(byName(expected));

    await page.getByRole('button', { name: 'Unfold all ranges' }).click();
    const wanted = expected.relocations.flatMap(({ access, kind, outcomes }) =>
      outcomes.flatMap(({ verdict, kernels }) =>
        kernels.map((at) =>
          [access, kind, expected.kernels[at]?.name.replace(/^.*\//, ''), verdict].join(' | '),
        ),
      ),
    );
    const sorted = (cells: string[]) => [...new Set(cells)].sort();
    await expect.poll(async () => sorted(await cellsOf(page))).toEqual(sorted(wanted));
    expect(await page.locator('main').textContent()).not.toMatch(/\b(load(s|ed)?|works?)\b/i);
    expect(complaints).toEqual([]);
  });
});

describe('on kernels of several distributions', () => {
  let some: OpenedPage;
  let page: Page;
  beforeAll(async () => {
    some = await opened(['missing', 'pruning', 'ambiguous']);
    page = some.page;
  });
  afterAll(() => some?.context.close());

  test('the sum says on how many it relocates, and names the others with their codes', async () => {
    await goTo(page, '#/relocations/missing.bpf.o');
    await answered(page);
    await page
      .getByText(
        'relocates without refusal on 7 of 8 kernels; other offsets, sizes or values on 1; guards answered with 0 on 7; poisoned instructions on 7.',
      )
      .waitFor();
    await page.getByText('RELO_ENDIAN 1 kernel not in the matrix').click();
    await page.getByText('debian/12/s390x/6.1.0-47-s390x', { exact: true }).waitFor();
    await goTo(page, '#/relocations/ambiguous.bpf.o');
    await page.getByText('relocates without refusal on 0 of 8 kernels').waitFor();
    await page.getByText('RELO_AMBIGUOUS 7 kernels refused').waitFor();
  });

  test('neighbours of equal outcome are one column, until they are asked for', async () => {
    await goTo(page, '#/relocations/missing.bpf.o');
    await answered(page);
    const heads = page.getByRole('columnheader').filter({ hasText: 'ubuntu' });
    await expect.poll(() => heads.allTextContents()).toHaveLength(2);
    const folded = heads.filter({ hasText: '2 kernels' });
    expect(await folded.locator('> span').allTextContents()).toEqual([
      'ubuntu 20.04 x86_64',
      '5.4.0-26-generic',
      '… 5.4.0-29-generic',
      '2 kernels',
    ]);
    await folded.click();
    await expect.poll(() => heads.count()).toBe(3);
    await heads.filter({ hasText: '5.4.0-29' }).click();
    await expect.poll(() => heads.count()).toBe(2);
  });

  test('relocations are found by verdict, by text and by what differs; the address holds it', async () => {
    await goTo(page, '#/relocations/missing.bpf.o');
    await answered(page);
    const accesses = () => page.locator('tbody .access').allTextContents();
    await page.getByRole('button', { name: 'changed 1' }).click();
    await expect.poll(accesses).toEqual(['struct task_struct___optional.bpf_storage']);
    await page.getByRole('button', { name: 'changed 1' }).click();
    await page.getByLabel('only what differs between kernels').check();
    await expect.poll(accesses).toHaveLength(2);
    await page.getByRole('searchbox').fill('line of another file');
    await page.getByText('0 rows of 13').waitFor();
    await page.getByRole('searchbox').fill('MISSING.bpf.c');
    await expect.poll(accesses).toHaveLength(2);
    expect(page.url()).toMatch(/#\/relocations\/missing\.bpf\.o\?show=differs&find=MISSING\.bpf\.c$/);
  });

  test('keys alone lead to a cell, into it and back', async () => {
    await goTo(page, '#/relocations/pruning.bpf.o');
    await answered(page);
    const focused = (words: string) =>
      expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain(words);
    await page.getByLabel('only what differs between kernels').focus();
    await page.keyboard.press('Tab');
    await focused('5 rows');
    await page.keyboard.press('ArrowDown');
    await focused('narrow_first');
    await page.keyboard.press('ArrowDown');
    await focused('struct slot.presence_save');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    for (const _ of ['centos', 'debian', 'debian cloud']) await page.keyboard.press('ArrowRight');
    await focused('poison');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'On debian/10/x86_64/4.19.0-17-cloud-amd64' }).waitFor();
    await focused('struct slot.presence_save');
    await page.getByText('struct slot has no presence_save').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'struct slot.presence_save' }).waitFor({ state: 'detached' });
    await focused('poison');
    await page.keyboard.press('Control+End');
    await focused('skipped');
    await page.keyboard.press('Control+Home');
    await focused('5 rows');
  });

  test('a cell opens where it was asked, both types, and what the kernel has instead', async () => {
    await goTo(page, '#/relocations/pruning.bpf.o?at=1&kernel=debian/10/x86_64/4.19.0-17-cloud-amd64');
    const panel = page.getByRole('region', { name: 'struct slot.number', exact: true });
    await panel.getByText('/fixtures/src/pruning.bpf.c:23:12').waitFor();
    await panel.getByText('kprobe/pci_hp_add, byte 72').waitFor();
    await panel.getByText('struct slot has no number, but u8 state').waitFor();
    expect(await panel.getByRole('row').last().allTextContents()).toEqual(['stateu80 bytes']);
    const program = panel.getByRole('region', { name: 'struct slot.number, in the program' });
    expect(await program.locator('pre').textContent()).toContain('u32 number;');
    expect(await program.locator('mark').getAttribute('title')).toBe('asked for');
    const kernel = panel.getByRole('region', { name: /struct slot.number, type \d+ of the kernel/ }).first();
    const link = kernel.getByRole('link', { name: 'u8' });
    expect(decodeURIComponent((await link.getAttribute('href')) ?? '')).toBe(
      '#/types/debian/10/x86_64/4.19.0-17-cloud-amd64/u8?id=29',
    );
    await panel.getByRole('link', { name: 'debian/10/x86_64/4.19.0-17-amd64' }).click();
    await panel.getByText('0 bytes when compiled → 4 bytes here').first().waitFor();
  });

  test('it is legible in both themes and at any width', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 1280, height: 900 });
      await goTo(page, '#/relocations/missing.bpf.o');
      await page.getByText('13 rows').waitFor();
      await page.getByText('What the verdicts mean').click();
      await expectAccessible(page);
      await picture(page, `relocations-${colorScheme}-1280`);
      await page.getByText('What the verdicts mean').click();
      await goTo(page, '#/relocations/pruning.bpf.o?at=1&kernel=debian/10/x86_64/4.19.0-17-cloud-amd64');
      await page.locator('mark').first().waitFor();
      for (const width of [1280, 3840, 360]) {
        await page.setViewportSize({ width, height: width === 3840 ? 2160 : 900 });
        await expectAccessible(page);
        await picture(page, `relocations-cell-${colorScheme}-${width}`);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
    }
  });

  test('where there is no room for a matrix, rows open to their ranges', async () => {
    await page.setViewportSize({ width: 360, height: 760 });
    await goTo(page, '#/relocations/missing.bpf.o');
    await answered(page);
    const row = page.getByRole('link', {
      name: 'struct task_struct___optional.bpf_storage missing.bpf.c:31',
    });
    expect(await row.locator('.tag').allTextContents()).toEqual(['≠ changed 1', '! poison 6']);
    await expectAccessible(page);
    await picture(page, 'relocations-360');
    await row.click();
    await page.getByRole('heading', { name: 'What becomes of it' }).waitFor();
    await page.getByRole('link', { name: 'debian/12/aarch64/6.1.0-47-arm64' }).click();
    await page.getByText('→ 2968 bytes here').first().waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => row.evaluate((link) => link === document.activeElement)).toBe(true);
    expect(some.complaints).toEqual([]);
  });
});

describe('with packs', () => {
  const cell = 'kernel=offcpu.tar%3Aubuntu%2F20.04%2Fx86_64%2F5.4.0-26-generic&at=0';

  test('a link leads to a cell of a program on its own kernels', async () => {
    const { page, complaints } = await preview.open(`?example#/relocations/offcpu.tar?${cell}`);
    await page.getByRole('heading', { name: 'struct task_struct.pid' }).waitFor();
    await page.getByText('relocates without refusal on 60 of 60 kernels').waitFor();
    await page.locator('td[aria-selected=true]').getByText('changed').waitFor();
    await page.locator('mark').first().waitFor();
    await picture(page, 'relocations-example');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('only the cells in sight exist, and keys lead to the others', async () => {
    const { page } = await preview.open('?example#/relocations', { viewport: { width: 1280, height: 900 } });
    await answered(page);
    await page.getByRole('button', { name: 'Unfold all ranges' }).click();
    const grid = page.getByRole('grid');
    await expect.poll(() => grid.getAttribute('aria-colcount')).toBe('61');
    expect(await grid.locator('thead th').count()).toBeLessThan(20);
    await grid.getByRole('rowheader', { name: 'struct task_struct.pid' }).first().focus();
    await page.keyboard.press('Control+End');
    await page.locator('td:focus').getByText('skipped').waitFor();
    expect(await page.locator('td:focus').getAttribute('aria-colindex')).toBe('61');
    await page.context().close();
  });

  test('another program is held against them only where that is asked for, with a word on what they hold', async () => {
    const { page } = await preview.open('?example#/relocations');
    await page.getByText('pack, 60 kernels').waitFor();
    await pick(page, [objectOf('missing')]);
    await page.getByText('object, 2 programs').waitFor();
    await goTo(page, '#/relocations/missing.bpf.o');
    await page.getByText("relocations. Open kernels' BTFs, or choose some above").waitFor();
    await page.getByRole('checkbox', { name: 'offcpu.tar' }).check();
    await page.getByText("a pack's BTFs hold just what its own program needs").waitFor();
    await page.getByText('relocates without refusal on 60 of 60 kernels').waitFor();
    await page.context().close();
  });
});

test('a kernel whose file is gone is told with its code, and the others are answered', async () => {
  const { page } = await opened([]);
  await appendFile(join(folder, KERNELS[6] ?? ''), 'changed');
  await pick(page, [objectOf('execsnoop')]);
  await goTo(page, '#/relocations');
  await page.getByText('relocates without refusal on 6 of 8 kernels').waitFor();
  await page.getByText('FILE_READ 1 kernel not in the matrix').waitFor();
});
