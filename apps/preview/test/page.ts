// The built page in a real browser, on a server that knows nothing but files, below a path of its own.
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Chromium, type FileServer, serveFiles, startChromium } from '@bpfc/fixtures/browser';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const DIST = here('../dist');

/** Kernels of the archive's layout. */
export const ARCHIVE = process.env.BPFC_ARCHIVE ?? here('../../../../shared/btfhub-archive');

if (process.env.BPFC_ARCHIVE !== undefined && !existsSync(ARCHIVE)) {
  throw new Error(`BPFC_ARCHIVE=${ARCHIVE}: no such folder`);
}

/** Where the views can be looked at after the tests. */
const SCREENSHOTS = here('../../../target/preview');

/** A folder of a site, as pages of a project have it. */
export const PATH = '/tools/preview/';

/** A page, and all there is to complain of: what it and its workers say, and whom they ask but its server. */
export interface OpenedPage {
  page: Page;
  context: BrowserContext;
  complaints: string[];
}

export class Preview {
  private constructor(
    readonly chromium: Chromium,
    readonly server: FileServer,
  ) {}

  static async start(): Promise<Preview> {
    if (!existsSync(join(DIST, 'index.html'))) throw new Error('apps/preview is not built: npm run build');
    const [chromium, server] = await Promise.all([startChromium(), serveFiles(DIST, PATH)]);
    return new Preview(chromium, server);
  }

  /** A fresh browser profile at an address below the page: `?example#/pack`. */
  async open(address = '', options: BrowserContextOptions = {}): Promise<OpenedPage> {
    const context = await this.chromium.browser.newContext({ ...options, acceptDownloads: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== new URL(this.server.url).origin) {
        complaints.push(`asked ${origin}`);
      }
    });
    await page.goto(this.server.url + address);
    return { page, context, complaints };
  }

  async stop(): Promise<void> {
    await this.chromium.close();
    await this.server.close();
  }
}

/** Gives the page files, as a reader picks them, and waits until each is open or refused. */
export async function pick(page: Page, paths: readonly string[]): Promise<void> {
  await page
    .locator('input[type=file]:not([webkitdirectory])')
    .first()
    .setInputFiles([...paths]);
  for (const path of paths) {
    await page.locator('.files').getByText(basename(path)).first().waitFor({ state: 'attached' });
  }
}

/** The code with which the page refuses a file; of many refused it opens the list. */
export async function refusalOf(page: Page, name: string): Promise<string | null> {
  const many = page.locator('.files .problem summary');
  if ((await many.count()) > 0 && !(await page.locator('.files .problem details[open]').count()))
    await many.click();
  const text = new RegExp(`(^|[\\sA-Z_])${name.replace(/[.+]/g, '\\$&')}: `);
  const told = page.locator('.files .problem li, .files .problem:not(:has(li))').filter({ hasText: text });
  return told.locator('.code').textContent();
}

/** Gives the page a folder and all that is below it, and waits until so many files are open in all. */
export async function pickFolder(page: Page, folder: string, open: number): Promise<void> {
  await page.locator('input[type=file][webkitdirectory]').first().setInputFiles(folder);
  await page.getByText(`${open} open files`).waitFor();
}

/** Keeps a picture of the page, to be looked at: target/preview/NAME.png. */
export async function picture(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** No rule of axe-core is broken. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(await readFile(axe, 'utf8'));
  const found = await page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as {
        axe: {
          run(): Promise<{
            violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
          }>;
        };
      }
    ).axe.run();
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} ${failureSummary}`),
    );
  });
  expect(found).toEqual([]);
}
