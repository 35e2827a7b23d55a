import { EventEmitter } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { trimAll, type WorkerStart } from './pool.js';
import type { TrimOutcome } from './session.js';

const outcome = (file: string): TrimOutcome => ({
  trimmed: null,
  problem: { code: 'DONE', message: file },
});

/** A worker that answers, later for earlier files, and dies of some. */
class FakeWorker extends EventEmitter {
  static alive = 0;
  readonly files: string[] = [];
  private ended = false;
  constructor(readonly start: WorkerStart) {
    super();
    FakeWorker.alive += 1;
  }
  postMessage(file: string) {
    this.files.push(file);
    setTimeout(() => {
      if (file === 'kills it') this.end(() => this.emit('error', new Error('out of memory')));
      else if (file === 'exits') this.end(() => {});
      else this.emit('message', outcome(file));
      if (file === 'last breath') this.end(() => {});
    }, file.length);
  }
  async terminate() {
    this.end(() => {});
    return 0;
  }
  private end(first: () => void) {
    if (this.ended) return;
    this.ended = true;
    FakeWorker.alive -= 1;
    first();
    this.emit('exit', 1);
  }
}

async function run(files: string[], jobs = 2) {
  const startWorker = vi.fn((start: WorkerStart) => new FakeWorker(start) as unknown as Worker);
  const outcomes = await trimAll(files, { objects: [new Uint8Array(3)], jobs, startWorker });
  const said = outcomes.map((outcome) => {
    if (outcome.trimmed) throw new Error('these workers trim nothing');
    return outcome.problem;
  });
  return { said, startWorker };
}

test('outcomes are in the order of the files, whoever was first', async () => {
  const { said } = await run(['a long one', 'b', 'also long', 'd']);
  expect(said.map(({ message }) => message)).toEqual(['a long one', 'b', 'also long', 'd']);
});

test.each(['kills it', 'exits'])(
  'a worker that ends (%s) is a coded problem of its file; the pool goes on',
  async (file) => {
    const { said, startWorker } = await run(['one', file, 'two', 'three', 'four']);
    expect(said[1]).toMatchObject({ code: 'WORKER_LOST', message: expect.stringContaining(file) });
    expect(said.filter(({ code }) => code === 'DONE')).toHaveLength(4);
    expect(startWorker).toHaveBeenCalledTimes(3);
  },
);

test('a worker that ends between two files does not hang the pool', async () => {
  const { said } = await run(['last breath', 'x', 'last breath', 'y']);
  expect(said).toHaveLength(4);
});

test('no more workers than files or jobs, and none is left', async () => {
  expect((await run(['a', 'b', 'c'], 8)).startWorker).toHaveBeenCalledTimes(3);
  expect((await run(['a', 'b', 'c'], 2)).startWorker).toHaveBeenCalledTimes(2);
  expect(FakeWorker.alive).toBe(0);
});

test('large files go first, one at a time, beside the usual ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'btf-pack-pool-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = async (name: string, size: number) => {
    const path = join(folder, name);
    await writeFile(path, '');
    await truncate(path, size);
    return path;
  };
  const usual = [await file('a.btf', 5 << 20), await file('b.btf.tar.xz', 1 << 20)];
  const large = [await file('c.btf', 44 << 20), await file('d.btf.tar.xz', 3 << 20)];
  const { startWorker } = await run([...usual, ...large]);
  const workers = startWorker.mock.results.map(({ value }) => value as FakeWorker);
  expect(workers.filter(({ files }) => files.some((name) => large.includes(name)))).toHaveLength(1);
  expect(workers.find(({ files }) => files[0] === large[0])?.files.slice(0, 2)).toEqual(large);
  expect(workers.flatMap(({ files }) => files).sort()).toEqual([...usual, ...large].sort());
});

test('workers that do not start are a problem of each file, not a hang', async () => {
  const startWorker = () => {
    throw new Error('no threads');
  };
  const outcomes = await trimAll(['a', 'b', 'c'], { objects: [], jobs: 2, startWorker });
  expect(outcomes).toMatchObject(Array(3).fill({ trimmed: null, problem: { code: 'WORKER_LOST' } }));
});
