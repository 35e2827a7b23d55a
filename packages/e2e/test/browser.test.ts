// A Vite app on the packed core, in a real browser: parse, trim and pack in the page, in its worker and in a pool.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Chromium, startChromium } from '@bpfc/fixtures/browser';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inputs } from '../app/drive.js';
import { type Server, serveBuilt, serveDev } from './servers.js';
import {
  BPFC,
  freshApp,
  packArguments,
  packByCli,
  remove,
  run,
  scratch,
  sha256,
  tarball,
} from './support.js';

let folder: string;
let app: string;
let inputs: Inputs;
let expected: { tar: Buffer; tarGz: Buffer };
let chromium: Chromium;

beforeAll(async () => {
  folder = await scratch();
  app = join(folder, 'app');
  inputs = await freshApp(app, await Promise.all([tarball('core', folder), tarball('wasi', folder)]));
  expected = await packByCli(join(app, 'public'), inputs);
  chromium = await startChromium();
});

afterAll(async () => {
  await chromium?.close();
  await remove(folder);
});

/** A page that is ready, and all there is to complain of: what it and its workers say, and whom they ask but its server. */
async function open(url: string, before?: () => void): Promise<{ page: Page; complaints: string[] }> {
  const page = await chromium.browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) complaints.push(`asked ${origin}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (before) await page.addInitScript(before);
  await page.goto(url);
  await page
    .waitForFunction(() => (globalThis.drive ?? globalThis.runBpfc) !== undefined, undefined, {
      timeout: 15_000,
    })
    .catch((error) => {
      throw new Error(`${url} is not ready: ${complaints.join('; ')}`, { cause: error });
    });
  return { page, complaints };
}

const modes: [mode: string, serve: (app: string) => Promise<Server>][] = [
  ['vite dev', serveDev],
  ['vite build', serveBuilt],
];

describe.each(modes)('%s', (_mode, serve) => {
  let server: Server;
  beforeAll(async () => {
    server = await serve(app);
  });
  afterAll(() => server?.close());

  describe.each([
    ['@bpfc/core', 'index.html'],
    ['@bpfc/core/slim', 'slim.html'],
  ])('%s', (_entry, path) => {
    test.each<'inPage' | 'inWorker' | 'inPool'>(['inPage', 'inWorker', 'inPool'])(
      '%s: the bytes of the command, without a complaint',
      async (where) => {
        const { page, complaints } = await open(server.url + path);
        const packs = await page.evaluate(([where, inputs]) => globalThis.drive?.[where](inputs), [
          where,
          inputs,
        ] as const);
        expect(complaints).toEqual([]);
        // The pool trims and does not count.
        expect(packs?.types?.length).toBe(where === 'inPool' ? undefined : inputs.kernels.length);
        for (const types of packs?.types ?? []) expect(types).toBeGreaterThan(10_000);
        for (const container of ['tar', 'tarGz'] as const) {
          const packed = Buffer.from(packs?.[container] ?? []);
          expect(sha256(packed)).toBe(sha256(expected[container]));
          expect(packed.equals(expected[container])).toBe(true);
        }
        await page.close();
      },
    );

    const codes = (page: Page, kernels: (string | number[])[]) =>
      page.evaluate(([program, kernels]) => globalThis.drive?.codes(program, kernels), [
        inputs.program,
        kernels,
      ] as const);
    const fine = () => inputs.kernels.map(() => null);

    test('pool: what is no kernel is a coded outcome, and the others are trimmed', async () => {
      const { page, complaints } = await open(server.url + path);
      const xz = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0];
      expect(await codes(page, [[], ...inputs.kernels, xz, [1, 2, 3]])).toEqual([
        'ARCHIVE_EMPTY',
        ...fine(),
        'XZ_CORRUPT',
        'BTF_MAGIC',
      ]);
      expect(complaints).toEqual([]);
      await page.close();
    });

    test('pool: a worker that dies loses the kernel it was at, and a new one goes on', async () => {
      const { page } = await open(server.url + path);
      expect(await codes(page, inputs.kernels)).toEqual(fine());
      expect(page.workers()).toHaveLength(2);
      for (const worker of page.workers()) {
        await worker.evaluate(() => {
          self.postMessage = () => {
            throw new Error('dies with its answer');
          };
        });
      }
      const said = await codes(page, inputs.kernels);
      const lost = Math.min(2, inputs.kernels.length);
      expect(said?.filter((code) => code === 'WORKER_LOST')).toHaveLength(lost);
      expect(said?.filter((code) => code === null)).toHaveLength(inputs.kernels.length - lost);
      expect(await codes(page, inputs.kernels)).toEqual(fine());
      await page.close();
    });

    test('pool: terminated, it leaves no worker', async () => {
      const { page } = await open(server.url + path);
      await codes(page, inputs.kernels);
      await page.evaluate(() => globalThis.drive?.endPool());
      await expect.poll(() => page.workers()).toEqual([]);
      await page.close();
    });

    test('pool: workers whose script does not come are an outcome of each kernel', async () => {
      const { page } = await open(server.url + path);
      await page.route(/worker/, (route) => route.abort());
      expect(await codes(page, inputs.kernels)).toEqual(inputs.kernels.map(() => 'WORKER_LOST'));
      await page.close();
    });
  });

  test('@bpfc/wasi: what the native command says and writes', async () => {
    const out = join(folder, 'out.tar');
    const args = [...packArguments(inputs, out), '--jobs', '1'];
    const said = timeless(await run(join(app, 'public'), BPFC, args));
    const { page, complaints } = await open(`${server.url}wasi.html`);
    const result = await page.evaluate(([args, paths]) => globalThis.runBpfc?.(args, paths), [
      args.map((arg) => (arg === out ? 'out.tar' : arg)),
      [inputs.program, ...inputs.kernels],
    ] as const);
    expect(complaints).toEqual([]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(timeless(result?.stdout ?? '')).toBe(said.replaceAll(out, 'out.tar'));
    expect(Object.keys(result?.files ?? {})).toEqual(['out.tar']);
    expect(sha256(result?.files['out.tar'] ?? new Uint8Array())).toBe(sha256(await readFile(out)));
    await page.close();
  });
});

/** A summary without the time it took. */
function timeless(text: string): string {
  return text.replace(/^(time +)\d+\.\d\d s/m, '$10.00 s');
}

/** Makes a page's world that of a browser before `using`: Symbol, and all of it but `dispose` and `asyncDispose`. */
function withoutDispose() {
  const original = Symbol;
  const { dispose: _, asyncDispose: __, ...rest } = Object.getOwnPropertyDescriptors(original);
  const older = (description?: string) => original(description);
  globalThis.Symbol = Object.defineProperties(older, { ...rest, name: { value: 'Symbol' } }) as typeof Symbol;
}

test('a browser without Symbol.dispose does the same, built', async () => {
  const server = await serveBuilt(app);
  try {
    const { page, complaints } = await open(`${server.url}index.html`, withoutDispose);
    expect(await page.evaluate(() => Symbol.dispose)).toBeUndefined();
    const packs = await page.evaluate((inputs) => globalThis.drive?.inPage(inputs), inputs);
    expect(complaints).toEqual([]);
    expect(sha256(Buffer.from(packs?.tar ?? []))).toBe(sha256(expected.tar));
  } finally {
    await server.close();
  }
});

test('nothing but this machine was contacted', () => {
  expect(chromium.outside).toEqual([]);
});
