// The web page in Chromium: what it loads, and how long a reader waits.

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { serveFiles, startChromium } from '../../packages/fixtures/browser.mjs';
import { root, SetupError } from '../../tools/process.mjs';
import { kernelOfSize } from '../bed.mjs';
import { median } from '../statistics.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */
/** @typedef {import('../../packages/fixtures/browser.mjs').Chromium} Chromium */
/** @typedef {Awaited<ReturnType<Chromium['browser']['newPage']>>} Page */

const DIST = join(root, 'apps', 'preview', 'dist');

/** Bytes of gzip, and milliseconds. */
const MOST_SCRIPT = 150e3;
const MOST_FIRST = 300;
const MOST_KEYSTROKE = 50;

/** Bytes of the BTF that is looked at, as near as the archive has one. */
const SIZE = 5e6;

/** What stands in the field after each keystroke: the first finds tens of thousands of types, and each another number than the one before. */
const TYPED = ['t', 'ta', 'tas', 'task', 'n', 'ne', 'net', 's', 'sk', 'sk_', 'struct s', 'e'];

/** Milliseconds after which nothing is waited for any more. */
const PATIENCE = 10_000;

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function previewRows(bed) {
  if (!existsSync(join(DIST, 'index.html'))) {
    throw new SetupError('apps/preview is not built: npm run build');
  }
  const server = await serveFiles(DIST);
  const chromium = await startChromium();
  try {
    const kernel = kernelOfSize(bed, SIZE);
    /** @type {number[]} */
    const first = [];
    /** @type {number[]} */
    const slowest = [];
    /** @type {number[]} */
    const usual = [];
    for (let run = 0; run < bed.runs; run++) {
      server.asked.length = 0;
      const page = await chromium.browser.newPage();
      await page.goto(server.url);
      await page.getByRole('heading', { level: 1 }).waitFor();
      // The Worker's module is compiled while a reader looks for a file.
      await page.waitForLoadState('networkidle');
      first.push(await untilFirstType(page, kernel.raw));
      const strokes = await keystrokes(page);
      slowest.push(Math.max(...strokes));
      usual.push(median(strokes));
      await page.close();
    }
    const asked = [...new Set(server.asked)];
    const size = `a BTF of ${(kernel.size / 1e6).toFixed(1)} MB, raw`;
    return [
      {
        name: 'page: JS before the WASM, gzip',
        unit: 'bytes',
        us: [gzipped(asked.filter((path) => path.endsWith('.js') && !isLater(path)))],
        target: { most: MOST_SCRIPT },
        note: 'every script until a type is shown, the Worker’s and the view’s included, without the service worker',
      },
      {
        name: '  its WASM, gzip',
        unit: 'bytes',
        us: [gzipped(asked.filter((path) => path.endsWith('.wasm') && !isLater(path)))],
      },
      {
        name: '  @bpfc/wasi before the console',
        unit: 'bytes',
        us: [gzipped(asked.filter(isOfConsole))],
        target: { most: 0 },
      },
      {
        name: 'first type shown',
        unit: 'ms',
        us: first,
        target: { most: MOST_FIRST },
        note: `${size}: from the choice of the file to the frame with its C`,
      },
      {
        name: 'search, slowest keystroke',
        unit: 'ms',
        us: slowest,
        target: { most: MOST_KEYSTROKE },
        note: `each of ${TYPED.length}, to the frame with what it finds`,
      },
      { name: '  the usual one', unit: 'ms', us: usual },
    ];
  } finally {
    await chromium.close();
    await server.close();
  }
}

/** What the service worker brings once the page stands, for views that were not opened. @param {string} path */
function isLater(path) {
  return (
    isOfConsole(path) ||
    /service-worker|(Pack|Relocations|Trim)View|(packing|machines)-worker|\/worker-|bpfc_bg-/.test(path)
  );
}

/** @param {string} path */
function isOfConsole(path) {
  return /[Cc]onsole|wasmer|\/bpfc-/.test(path);
}

/** @param {string[]} paths */
function gzipped(paths) {
  const sizes = paths.map((path) => gzipSync(readFileSync(join(DIST, path)), { level: 9 }).byteLength);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * @param {Page} page
 * @param {string} file
 */
async function untilFirstType(page, file) {
  const shown = page.evaluate(
    (patience) =>
      new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error('no type was shown')), patience);
        let chosen = 0;
        addEventListener('change', () => (chosen = performance.now()), { capture: true, once: true });
        const observer = new MutationObserver(() => {
          if (!document.querySelector('.c-source')?.textContent) return;
          observer.disconnect();
          // After the frame.
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - chosen)));
        });
        observer.observe(document.body, { childList: true, subtree: true });
      }),
    PATIENCE,
  );
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.getByText(basename(file)).first().waitFor();
  return /** @type {Promise<number>} */ (shown);
}

/** @param {Page} page */
async function keystrokes(page) {
  const field = page.getByRole('combobox', { name: 'Search' });
  await field.waitFor();
  /** @type {number[]} */
  const taken = [];
  for (const text of TYPED) {
    taken.push(
      await field.evaluate(
        (element, [text, patience]) =>
          new Promise((resolve, reject) => {
            setTimeout(() => reject(new Error(`nothing was found for ${text}`)), patience);
            const input = /** @type {HTMLInputElement} */ (element);
            const status = input.closest('search')?.querySelector('[role=status]');
            const before = status?.textContent;
            const start = performance.now();
            const observer = new MutationObserver(() => {
              if (status?.textContent === before) return;
              observer.disconnect();
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
            });
            observer.observe(document.body, { childList: true, characterData: true, subtree: true });
            input.value = text;
            input.dispatchEvent(new InputEvent('input', { bubbles: true }));
          }),
        /** @type {const} */ ([text, PATIENCE]),
      ),
    );
  }
  return taken;
}
