// The examples in Go and Python run the module on a real file system, and do what the native command does.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { here, inFolder, kernel, kernelFiles, native, programFiles } from './support.js';

const MODULE = here('../dist/bpfc.wasm');
const program = 'bpfel/execsnoop.bpf.o';
const files = {
  [kernel]: kernelFiles[kernel] ?? new Uint8Array(),
  [program]: programFiles[program] ?? new Uint8Array(),
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bpfc-hosts-'));
  const examples = here('../../../examples/wasi-go');
  execFileSync('go', ['build', '-o', join(folder, 'wasi-go'), '.'], { cwd: examples, stdio: 'inherit' });
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const hosts: [string, () => [program: string, ...args: string[]]][] = [
  ['Go, wazero', () => [join(folder, 'wasi-go')]],
  ['Python, wasmtime', () => ['python3', here('../../../examples/wasi-python/run.py')]],
];

describe.each(hosts)('%s', (_name, command) => {
  test.each([
    ['trims', ['trim', kernel, 'small.btf', program]],
    ['packs', ['pack', program, '--from', kernel, '--jobs', '1', '-o', 'out.tar.gz']],
    ['fails', ['trim', 'missing.btf', 'small.btf', program]],
    ['misunderstands', ['trim']],
  ])('%s', async (_what, args) => {
    const [program, ...first] = command();
    const expected = await native(args, files);
    expect(await inFolder(program, [...first, MODULE, ...args], files, process.env)).toEqual(expected);
  });
});
