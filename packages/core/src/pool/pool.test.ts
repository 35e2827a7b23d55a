// The rules of the pool, on workers that answer, dawdle and die when told to.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { WasmModule } from '../load.js';
import type { Answer, Request } from './messages.js';
import { defaultJobsOn, type PoolOptions, type PoolRequest, WorkerPool } from './pool.js';
import type { Source } from './sources.js';
import type { Port, PortEvents } from './thread.js';

/** Its name is the worker's cue. */
interface FakeKernel {
  name: string;
  size?: number;
  packed?: boolean;
  digest?: string;
}

const started: FakeWorker[] = [];
const alive = () => started.filter((worker) => worker.alive);

class FakeWorker implements Port {
  readonly modules: WasmModule[] = [];
  readonly objects: (readonly Uint8Array[])[] = [];
  readonly kernels: string[] = [];
  busy = false;
  alive = true;

  constructor(readonly events: PortEvents) {
    started.push(this);
  }

  post({ module, task, kernel }: Request): void {
    if (module) this.modules.push(module);
    if (task) this.objects.push(task.objects);
    if (typeof kernel !== 'string') return;
    expect(this.busy).toBe(true);
    this.kernels.push(kernel);
    setTimeout(() => this.#answer(kernel), kernel.length);
  }

  #answer(kernel: string): void {
    if (kernel === 'kills it') this.end(new Error('out of memory'));
    else this.events.answered(answerTo(kernel));
    if (kernel === 'last breath') this.end(new Error('exit status 1'));
  }

  hold(busy: boolean): void {
    this.busy = busy;
  }

  async terminate(): Promise<void> {
    this.alive = false;
  }

  end(why: unknown): void {
    this.alive = false;
    this.events.ended(why);
  }
}

function answerTo(kernel: string): Answer {
  if (kernel === 'broken')
    return { trimmed: null, problem: { code: 'BTF_MAGIC', message: 'not BTF', at: 7 } };
  return { trimmed: { btf: new TextEncoder().encode(kernel), report: {} as never } };
}

const MODULE = {} as WasmModule;

class FakePool extends WorkerPool<FakeKernel> {
  constructor(options: PoolOptions & { modules?: () => Promise<WasmModule>; spawns?: () => void } = {}) {
    const { modules = async () => MODULE, spawns, ...rest } = options;
    const platform = {
      spawn: (events: PortEvents) => {
        spawns?.();
        return new FakeWorker(events);
      },
      cores: () => 2,
      module: modules,
      source: ({ name, size = 0, packed = false, digest }: FakeKernel): Source => ({
        size,
        packed,
        send: () => ({ kernel: name, transfer: [] }),
        digest: async () => digest,
      }),
    };
    super(platform, rest);
  }

  /** What became of kernels of these names: what was trimmed, or the code. */
  async said(names: string[], more: Partial<PoolRequest<FakeKernel>> = {}): Promise<string[]> {
    const outcomes = await this.trim({ objects: [], kernels: names.map((name) => ({ name })), ...more });
    return outcomes.map(({ trimmed, error }) =>
      trimmed ? new TextDecoder().decode(trimmed.btf) : error.code,
    );
  }
}

beforeEach(() => {
  started.length = 0;
});

test('outcomes are in the order of the kernels, whoever was first', async () => {
  await using pool = new FakePool();
  const done: number[] = [];
  const names = ['a long one', 'b', 'also long', 'd'];
  expect(await pool.said(names, { onDone: (index) => done.push(index) })).toEqual(names);
  expect(done).not.toEqual([0, 1, 2, 3]);
  expect(done.toSorted()).toEqual([0, 1, 2, 3]);
});

test('a kernel that is broken is a coded error, with its place; the worker goes on', async () => {
  await using pool = new FakePool({ jobs: 1 });
  const outcomes = await pool.trim({ objects: [], kernels: [{ name: 'broken' }, { name: 'fine' }] });
  expect(outcomes[0]?.error).toMatchObject({
    name: 'BpfcError',
    code: 'BTF_MAGIC',
    message: 'not BTF',
    at: 7,
  });
  expect(outcomes[1]?.trimmed).not.toBeNull();
  expect(started).toHaveLength(1);
});

describe('workers', () => {
  test('as many as asked for are started at once, with the module as soon as there is one', async () => {
    await using _pool = new FakePool({ jobs: 3 });
    expect(started).toHaveLength(3);
    await vi.waitFor(() =>
      expect(started.map(({ modules }) => modules)).toEqual([[MODULE], [MODULE], [MODULE]]),
    );
  });

  test('by default as many as cores, at most 8', () => {
    expect([1, 2, 8, 64].map(defaultJobsOn)).toEqual([1, 2, 8, 8]);
    new FakePool();
    expect(started).toHaveLength(2);
  });

  test('a call may take fewer or more than the pool began with', async () => {
    await using pool = new FakePool({ jobs: 2 });
    await pool.said(['a', 'b', 'c'], { jobs: 1 });
    expect(started.map(({ kernels }) => kernels.length)).toEqual([3, 0]);
    await pool.said(['a', 'b', 'c'], { jobs: 3 });
    expect(started).toHaveLength(3);
  });

  test('get the objects once for each call', async () => {
    await using pool = new FakePool({ jobs: 1 });
    const object = new Uint8Array([1, 2, 3]);
    await pool.said(['a', 'b'], { objects: [object] });
    await pool.said(['c'], { objects: [object.subarray(1)] });
    expect(started[0]?.objects).toEqual([[object], [new Uint8Array([2, 3])]]);
    expect(started[0]?.modules).toHaveLength(1);
  });

  test('one that ends loses the kernel it was at; a new one goes on, and is told all there is', async () => {
    await using pool = new FakePool();
    const said = await pool.said(['one', 'kills it', 'two', 'three', 'four'], {
      objects: [new Uint8Array(1)],
    });
    expect(said).toEqual(['one', 'WORKER_LOST', 'two', 'three', 'four']);
    expect(started).toHaveLength(3);
    expect(started[2]).toMatchObject({ modules: [MODULE], objects: [[new Uint8Array(1)]] });
  });

  test('one that ends between two kernels loses none', async () => {
    await using pool = new FakePool();
    const names = ['last breath', 'x', 'last breath', 'y'];
    expect(await pool.said(names)).toEqual(names);
  });

  test('that do not start are an error of each kernel', async () => {
    await using pool = new FakePool({
      spawns: () => {
        throw new Error('no threads');
      },
    });
    expect(await pool.said(['a', 'b', 'c'])).toEqual(['WORKER_LOST', 'WORKER_LOST', 'WORKER_LOST']);
  });

  test('keep the process alive only while they work', async () => {
    await using pool = new FakePool();
    await pool.said(['a', 'b', 'kills it']);
    expect(started.map(({ busy }) => busy)).toEqual(started.map(() => false));
  });
});

describe('order', () => {
  const MB = 1 << 20;

  test('large kernels are done first, one at a time, beside the usual ones', async () => {
    await using pool = new FakePool();
    const kernels: FakeKernel[] = [
      { name: 'usual raw', size: 5 * MB },
      { name: 'usual packed', size: MB, packed: true },
      { name: 'large raw', size: 44 * MB },
      { name: 'large packed', size: 3 * MB, packed: true },
    ];
    await pool.trim({ objects: [], kernels });
    expect(started[0]?.kernels.slice(0, 2)).toEqual(['large raw', 'large packed']);
    expect(started[1]?.kernels.every((name) => name.startsWith('usual'))).toBe(true);
  });

  test('of the usual ones the longest come first', async () => {
    await using pool = new FakePool({ jobs: 1 });
    const kernels = [1, 3, 2].map((size) => ({ name: `${size}`, size }));
    await pool.trim({ objects: [], kernels });
    expect(started[0]?.kernels).toEqual(['3', '2', '1']);
  });

  test('a call waits for the one before', async () => {
    await using pool = new FakePool();
    const [first, second] = [pool.said(['a', 'kills it', 'c']), pool.said(['d', 'e'])];
    expect(await first).toEqual(['a', 'WORKER_LOST', 'c']);
    expect(await second).toEqual(['d', 'e']);
  });
});

describe('equal kernels', () => {
  const twin = (name: string) => ({ name, size: 9, digest: 'same' });

  test('are trimmed once', async () => {
    await using pool = new FakePool();
    const kernels = [twin('a'), { name: 'b', size: 9, digest: 'other' }, twin('c'), twin('d')];
    const done = vi.fn();
    const [a, b, c, d] = await pool.trim({ objects: [], kernels, onDone: done });
    expect(started.flatMap(({ kernels }) => kernels).toSorted()).toEqual(['a', 'b']);
    expect([c, d]).toEqual([a, a]);
    expect(b).not.toEqual(a);
    expect(done).toHaveBeenCalledTimes(4);
  });

  test('share what went wrong', async () => {
    await using pool = new FakePool();
    const outcomes = await pool.trim({ objects: [], kernels: [twin('broken'), twin('broken')] });
    expect(outcomes.map(({ error }) => error?.code)).toEqual(['BTF_MAGIC', 'BTF_MAGIC']);
  });

  test('are looked for among files of one size only, and none where there is no digest', async () => {
    await using pool = new FakePool();
    const kernels = [twin('a'), { ...twin('b'), size: 8 }, { name: 'c', size: 7 }, { name: 'd', size: 7 }];
    await pool.trim({ objects: [], kernels });
    expect(started.flatMap(({ kernels }) => kernels)).toHaveLength(4);
  });
});

describe('the end', () => {
  test('terminate ends all workers; what is left of a call is lost, and nothing hangs', async () => {
    const pool = new FakePool();
    const onDone = (index: number) => {
      if (index === 0) void pool.terminate();
    };
    const names = ['a', 'takes its time', 'never begun', 'nor this'];
    expect(await pool.said(names, { onDone })).toEqual(['a', 'WORKER_LOST', 'WORKER_LOST', 'WORKER_LOST']);
    expect(alive()).toEqual([]);
    expect(started.flatMap(({ kernels }) => kernels)).not.toContain('never begun');
  });

  test('after it the pool is HANDLE_FREED', async () => {
    const pool = new FakePool();
    await pool[Symbol.asyncDispose]();
    await expect(pool.said(['a'])).rejects.toMatchObject({ code: 'HANDLE_FREED' });
  });

  test('without a module trim rejects with what is wrong', async () => {
    await using pool = new FakePool({ module: new Uint8Array([1, 2, 3]) });
    await expect(pool.said(['a'])).rejects.toMatchObject({ code: 'CORE_LOAD' });
  });

  test('an object that is not bytes is ARG_TYPE', async () => {
    await using pool = new FakePool();
    await expect(pool.said(['a'], { objects: ['text' as never] })).rejects.toMatchObject({
      code: 'ARG_TYPE',
    });
  });

  test('what onDone throws comes out when everything has ended, and the next call works', async () => {
    await using pool = new FakePool();
    const onDone = vi.fn(() => {
      throw new Error('of the caller');
    });
    await expect(pool.said(['a', 'longer one', 'c'], { onDone })).rejects.toThrow('of the caller');
    expect(started.every(({ busy }) => !busy)).toBe(true);
    expect(await pool.said(['d'])).toEqual(['d']);
  });
});
