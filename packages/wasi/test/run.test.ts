// What `run` takes, gives and throws.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { BpfcError, init, type ModuleSources, type RunOptions, run } from '../dist/slim.js';
import { echoes, overflows, startless, traps } from './modules.js';
import { kernel, kernelFiles, programFiles } from './support.js';

const dist = new URL('../dist/', import.meta.url);
const sources = {
  command: readFileSync(new URL('bpfc.wasm', dist)),
  host: readFileSync(new URL('wasmer.wasm', dist)),
};

await init(sources);

const VERSION = { exitCode: 0, stdout: '0.1.0\n', stderr: '', files: {} };

/** What a call is refused with. */
async function refused(call: Promise<unknown>): Promise<{ code: string; value: unknown }> {
  const error = await call.then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
  if (!(error instanceof BpfcError)) throw error;
  return { code: error.code, value: error.value };
}

describe('files', () => {
  const trim = (out: string, files: RunOptions['files'] = {}) => {
    const inputs = {
      k: kernelFiles[kernel] ?? new Uint8Array(),
      p: programFiles['bpfel/execsnoop.bpf.o'] ?? new Uint8Array(),
    };
    return run(['trim', 'k', out, 'p'], { files: { ...inputs, ...files } });
  };

  test('are found from the root, with or without a slash, and come back without', async () => {
    const { files } = await trim('out.btf');
    expect(Object.keys(files)).toEqual(['out.btf']);
    const program = { '/x/p.o': programFiles['bpfel/execsnoop.bpf.o'] ?? new Uint8Array() };
    for (const path of ['/x/p.o', 'x/p.o']) {
      expect(await run(['inspect', path], { files: program })).toMatchObject({ exitCode: 0, files: {} });
    }
    expect((await trim('/out.btf')).files).toEqual(files);
  });

  test('that are as they were do not come back, and inputs stay as they are', async () => {
    const { files } = await trim('out.btf');
    expect((await trim('out.btf', files)).files).toEqual({});
    const other = new Uint8Array(10_000);
    expect((await trim('out.btf', { 'out.btf': other })).files).toEqual(files);
    expect(other).toEqual(new Uint8Array(10_000));
  });

  test('are given as Uint8Array, Buffer or ArrayBuffer', async () => {
    const program = programFiles['bpfel/execsnoop.bpf.o'] ?? new Uint8Array();
    const said = await run(['inspect', 'p'], { files: { p: program } });
    for (const p of [Buffer.from(program), program.slice().buffer]) {
      expect(await run(['inspect', 'p'], { files: { p } })).toEqual(said);
    }
  });

  test.each(['', '/', 'a//b', 'a/', './a', '../a', 'a/../b'])('%j is no path', async (path) => {
    const call = run(['--version'], { files: { [path]: new Uint8Array() } });
    expect(await refused(call)).toEqual({ code: 'WASI_PATH', value: path });
  });

  test('lie in folders, not in files', async () => {
    const files = { 'a/b/c': new Uint8Array(), 'a/b': new Uint8Array() };
    expect(await refused(run(['--version'], { files }))).toEqual({ code: 'WASI_PATH', value: 'a/b/c' });
  });
});

test('env is all the command knows, and colors are off', async () => {
  const args = ['pack', 'p'];
  const files = { p: programFiles['bpfel/execsnoop.bpf.o'] ?? new Uint8Array() };
  const { stderr } = await run(args, { files, env: { BTFHUB_CACHE: '/somewhere' } });
  expect(stderr).toContain('/somewhere');
  const { stdout } = await run(['inspect', 'p'], { files });
  expect(stdout).not.toContain('\u001b');
});

test('what a caller without types gets wrong is told', async () => {
  const wrong: [unknown, unknown][] = [
    [[1], {}],
    [['--version'], { files: { a: 'text' } }],
    [['--version'], { stdin: 1 }],
    [['--version'], { env: { A: 1 } }],
  ];
  for (const [args, options] of wrong) {
    expect((await refused(run(args as string[], options as RunOptions))).code).toBe('ARG_TYPE');
  }
});

test('runs that are started together do not see each other', async () => {
  const names = Object.keys(programFiles).slice(0, 6);
  const one = (name: string) =>
    run(['inspect', 'p'], { files: { p: programFiles[name] ?? new Uint8Array() } });
  const alone = [];
  for (const name of names) alone.push(await one(name));
  expect(await Promise.all(names.map(one))).toEqual(alone);
  expect(new Set(alone.map(({ stdout }) => stdout)).size).toBe(names.length);
});

test('a run on large files leaves the next one as it was', async () => {
  expect(await run(['--version'], { files: { large: new Uint8Array(100 << 20) } })).toEqual(VERSION);
  expect(await run(['--version'])).toEqual(VERSION);
});

describe('with other commands', () => {
  afterEach(() => init(sources));

  const given = (command: ModuleSources['command']) => init({ ...sources, command });

  test.each([
    ['a trap', traps, 'unreachable'],
    ['a stack that ends', overflows, 'stack'],
  ])('%s is a failed run, and the next one works', async (_what, command, why) => {
    await given(command);
    const first = await run(['x'], { files: { a: new Uint8Array(1) } });
    expect(first).toMatchObject({ exitCode: 1, stdout: '', files: {} });
    expect(first.stderr).toMatch(/^half-way/);
    expect(first.stderr).toMatch(new RegExp(`\nbpfc: INTERNAL: .*${why}.*\n$`));
    expect(await run(['x'])).toEqual(first);
    await init(sources);
    expect(await run(['--version'])).toEqual(VERSION);
  });

  test('a trap disturbs no run that was started with it', async () => {
    await given(traps);
    const runs = [run(['x']), run(['x'])];
    await init(sources);
    runs.push(run(['--version']));
    expect(await runs[2]).toEqual(VERSION);
    for (const trapped of await Promise.all(runs.slice(0, 2))) expect(trapped.exitCode).toBe(1);
  });

  test('stdin is bytes or text', async () => {
    await given(echoes);
    for (const stdin of ['text', new TextEncoder().encode('text')]) {
      expect((await run([], { stdin })).stdout).toMatch(/^text/);
    }
  });

  test('a host that fails is an error, and the next run works', async () => {
    expect((await refused(run(['a\0b']))).code).toBe('WASI_HOST');
    await given(startless);
    expect((await refused(run([]))).code).toBe('WASI_HOST');
    await init(sources);
    expect(await run(['--version'])).toEqual(VERSION);
  });

  test.each<[string, () => ModuleSources['command']]>([
    ['no module', () => new Uint8Array(8)],
    ['an answer that says no', () => new Response('', { status: 404 })],
    ['a fetch that fails', () => Promise.reject(new TypeError('offline'))],
  ])('%s', async (_what, command) => {
    expect((await refused(given(command()))).code).toBe('CORE_LOAD');
  });
});

describe('entries', () => {
  /** Runs an ES module of its own, in a process of its own, and returns what it prints. */
  const script = (source: string) =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
      cwd: fileURLToPath(dist),
      encoding: 'utf8',
    }).trim();

  test('node: nothing to set up', () => {
    const source = `import { run } from './node.js'; console.log((await run(['--version'])).stdout);`;
    expect(script(source)).toBe('0.1.0');
  });

  test('browser: the modules are fetched from beside the entry, and again after a failure', () => {
    const source = `
      import { readFileSync } from 'node:fs';
      import { run } from './browser.js';
      globalThis.fetch = async () => { throw new TypeError('offline'); };
      await run(['--version']).catch((error) => console.log(error.code, error.cause.message));
      const asked = [];
      globalThis.fetch = async (url) => (asked.push(url.pathname.split('/').at(-1)), new Response(readFileSync(url)));
      await Promise.all([run(['--version']), run(['--version'])]);
      console.log(asked.join(' '));`;
    expect(script(source)).toBe('CORE_LOAD offline\nbpfc.wasm wasmer.wasm');
  });

  test('slim: nothing works before init', () => {
    const source = `
      import { run } from './slim.js';
      await run(['--version']).catch((error) => console.log(error.name, error.code));`;
    expect(script(source)).toBe('BpfcError CORE_NOT_READY');
  });

  test('only Node and browsers name the files', () => {
    const text = (file: string) => readFileSync(new URL(file, dist), 'utf8');
    expect(text('slim.js')).not.toContain('.wasm');
    for (const entry of ['node.js', 'browser.js']) expect(text(entry)).toContain('./wasmer.wasm');
  });

  test('errors are the class of @bpfc/core', () => {
    const source = `
      import { BpfcError } from '@bpfc/core';
      import { run } from './node.js';
      console.log(await run([1]).catch((error) => error instanceof BpfcError));`;
    expect(script(source)).toBe('true');
  });
});
