// The view of relocations: every verdict is the command's, a link leads to a cell, keys lead through the matrix.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RelocationsOverKernels } from '@bpfc/core/slim';
import { objects } from '@bpfc/fixtures';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARCHIVE, type OpenedPage, Preview, pick, picture } from './page.js';

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
async function opened(names: readonly string[], options = {}): Promise<OpenedPage> {
  const opened = await preview.open('', { permissions: ['clipboard-read', 'clipboard-write'], ...options });
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
  test.each(OBJECTS)('%s', async (name) => {
    const expected = await told(name);
    const { page, complaints } = await opened([name], { viewport: { width: 3840, height: 4000 } });
    await goTo(page, '#/relocations');
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
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('look', () => {
  test('x', async () => {
    const { page, complaints } = await opened(['fields', 'missing', 'pruning'], {
      viewport: { width: 1280, height: 900 },
    });
    await goTo(page, '#/relocations/missing.bpf.o');
    await answered(page);
    await picture(page, 'relocations-1280');
    await goTo(page, '#/relocations/fields.bpf.o?at=9&kernel=centos/8/x86_64/4.18.0-147.el8.x86_64');
    await answered(page);
    await page.getByText('In the program').waitFor();
    await picture(page, 'relocations-cell-1280');
    await page.setViewportSize({ width: 3840, height: 2160 });
    await picture(page, 'relocations-cell-3840');
    await page.emulateMedia({ colorScheme: 'dark' });
    await goTo(page, '#/relocations/pruning.bpf.o?at=1&kernel=debian/10/x86_64/4.19.0-17-cloud-amd64');
    await answered(page);
    await page.getByText('In the program').waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
    await picture(page, 'relocations-dark-1280');
    await page.setViewportSize({ width: 360, height: 760 });
    await picture(page, 'relocations-cell-360');
    await goTo(page, '#/relocations/pruning.bpf.o');
    await page.locator('.row-list').waitFor();
    await picture(page, 'relocations-360');
    console.log(page.url(), complaints);
  });
});
