// What is published: three entries, each in its own world.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const dist = new URL('../dist/', import.meta.url);

/** Runs an ES module of its own, in a process of its own, and returns what it prints. */
function run(source: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(dist),
    encoding: 'utf8',
  }).trim();
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('node: nothing to set up', () => {
  expect(run(`import { sha256 } from './node.js'; console.log(sha256(new Uint8Array()));`)).toBe(
    EMPTY_SHA256,
  );
});

test('node: nothing is compiled before the first use', () => {
  const source = `
    let compiled = 0;
    WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: (...args) => (compiled++, Reflect.construct(...args)) });
    const { sha256 } = await import('./node.js');
    const before = compiled;
    sha256(new Uint8Array()); sha256(new Uint8Array());
    console.log(before, compiled);`;
  expect(run(source)).toBe('0 1');
});

test('browser: init fetches the module from beside the entry, before which nothing works', () => {
  const source = `
    import { readFileSync } from 'node:fs';
    import { init, sha256 } from './browser.js';
    globalThis.fetch = async (url) => new Response(readFileSync(url));
    try { sha256(new Uint8Array()); } catch (error) { console.log(error.name, error.code); }
    await Promise.all([init(), init()]);
    console.log(sha256(new Uint8Array()));`;
  expect(run(source)).toBe(`BpfcError CORE_NOT_READY\n${EMPTY_SHA256}`);
});

test('browser: init can be tried again after a failure', () => {
  const source = `
    import { readFileSync } from 'node:fs';
    import { init, sha256 } from './browser.js';
    globalThis.fetch = async () => { throw new TypeError('offline'); };
    await init().catch((error) => console.log(error.code, error.cause.message));
    globalThis.fetch = async (url) => new Response(readFileSync(url));
    await init();
    console.log(sha256(new Uint8Array()));`;
  expect(run(source)).toBe(`CORE_LOAD offline\n${EMPTY_SHA256}`);
});

test('slim: a worker starts with the module its parent compiled', () => {
  const source = `
    import { Worker } from 'node:worker_threads';
    import { wasmModule } from './node.js';
    const code = \`
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.slim).then(({ initSync, sha256 }) => {
        initSync(workerData.module);
        parentPort.postMessage(sha256(new Uint8Array()));
      });\`;
    const slim = ${JSON.stringify(new URL('slim.js', dist).href)};
    new Worker(code, { eval: true, execArgv: [], workerData: { slim, module: wasmModule() } }).once('message', console.log);`;
  expect(run(source)).toBe(EMPTY_SHA256);
});

test('slim and browser do not carry the module, and only the browser entry names its file', () => {
  const text = (file: string) => readFileSync(new URL(file, dist), 'utf8');
  expect(text('slim.js').length).toBeLessThan(10_000);
  expect(text('slim.js')).not.toContain('bpfc_bg.wasm');
  expect(text('browser.js')).toContain(`new URL("./bpfc_bg.wasm", import.meta.url)`);
});

test('what does not use the pool does not carry it, nor its workers', async () => {
  const bundle = async (source: string, platform: 'browser' | 'node') => {
    const stdin = { contents: source, resolveDir: fileURLToPath(dist) };
    const options = {
      bundle: true,
      write: false,
      format: 'esm',
      platform,
      loader: { '.wasm': 'empty' },
    } as const;
    const { outputFiles } = await build({ stdin, ...options });
    return outputFiles[0]?.text ?? '';
  };
  for (const [entry, platform] of [
    ['browser', 'browser'],
    ['slim', 'browser'],
    ['node', 'node'],
  ] as const) {
    expect(await bundle(`export { trim } from './${entry}.js'`, platform)).not.toMatch(
      /TrimPool|Worker\(|worker[\w-]*\.js/,
    );
  }
  // And the other way round: the page itself needs no bindings.
  const pool = await bundle(`export { TrimPool } from './pool-browser.js'`, 'browser');
  expect(pool).toContain('new Worker(new URL("./worker.js", import.meta.url), { type: "module" })');
  expect(pool).not.toMatch(/__wbg|bpfc_bg/);
});
