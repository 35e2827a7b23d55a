// The pool as it is published, on the worker threads of Node.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { trim } from '../dist/node.js';
import { TrimPool } from '../dist/pool-node.js';
import { kernel, object } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'bpfc-pool-'));
const file = join(folder, 'kernel.btf.tar.xz');
writeFileSync(file, kernel);
afterAll(() => rmSync(folder, { recursive: true }));

const objects = [object('execsnoop'), object('bootstrap')];
const expected = trim({ objects, kernel });

test('bytes, paths and URLs give what trim gives; hostile ones are coded errors, and the pool goes on', async () => {
  await using pool = new TrimPool({ jobs: 2 });
  const cut = kernel.slice(0, kernel.length / 2);
  const given = kernel.slice();
  const kernels = [
    new Uint8Array([1, 2, 3]),
    given,
    file,
    cut,
    join(folder, 'none'),
    pathToFileURL(file),
    7 as never,
  ];
  const outcomes = await pool.trim({ objects, kernels });
  expect(outcomes.map(({ error }) => error?.code)).toEqual([
    'BTF_MAGIC',
    undefined,
    undefined,
    expect.stringMatching(/^[A-Z]+_[A-Z]+$/),
    'KERNEL_READ',
    undefined,
    'ARG_TYPE',
  ]);
  for (const index of [1, 2, 5]) expect(outcomes[index]?.trimmed).toEqual(expected);
  expect(outcomes[4]?.error?.cause).toMatchObject({ code: 'ENOENT' });
  // The caller's bytes were copied, not transferred.
  expect(given).toEqual(kernel);
});

test('another call may ask for other objects', async () => {
  await using pool = new TrimPool({ jobs: 1 });
  for (const name of ['execsnoop', 'bootstrap']) {
    const [outcome] = await pool.trim({ objects: [object(name)], kernels: [file] });
    expect(outcome?.trimmed).toEqual(trim({ objects: [object(name)], kernel }));
  }
});

test('another call may ask for BTF that libbpf before 1.0 reads', async () => {
  await using pool = new TrimPool({ jobs: 1 });
  const [enums] = [object('enums')];
  for (const compat of [false, true, undefined]) {
    const [outcome] = await pool.trim({ objects: [enums], kernels: [enums], compat });
    expect(outcome?.trimmed).toEqual(trim({ objects: [enums], kernel: enums, compat }));
    expect(outcome?.trimmed?.report.lost.length).toBe(compat ? 3 : 0);
  }
});

test('an object that is broken is the error of each kernel', async () => {
  await using pool = new TrimPool({ jobs: 1 });
  const outcomes = await pool.trim({ objects: [new Uint8Array(64)], kernels: [kernel, file] });
  expect(outcomes.map(({ error }) => error?.code)).toEqual(['ELF_NOT_ELF', 'ELF_NOT_ELF']);
});

test('a process ends by itself though its pool was never terminated', () => {
  const dist = new URL('../dist/', import.meta.url);
  const source = `
    import { TrimPool } from './pool-node.js';
    const pool = new TrimPool({ jobs: 2 });
    const [outcome] = await pool.trim({ objects: [], kernels: [${JSON.stringify(file)}] });
    console.log(outcome.trimmed.report.bytesOut > 0);`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(dist),
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(said.trim()).toBe('true');
});
