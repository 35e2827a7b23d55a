// The rules of handles, traps and readiness, on bindings that fail when told to.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Btf } from './btf.js';

const started: FakeGlue[] = [];

class FakeBtf {
  frees = 0;
  constructor(readonly text: string) {}
  static parse(bytes: Uint8Array): FakeBtf {
    const text = new TextDecoder().decode(bytes);
    if (text === 'trap') throw new WebAssembly.RuntimeError('unreachable');
    if (text === 'overflow') throw new RangeError('Maximum call stack size exceeded');
    if (text === 'bad') throw { code: 'BTF_MAGIC', message: 'not BTF', at: 0, value: 25186 };
    return new FakeBtf(text);
  }
  info() {
    return JSON.stringify({ size: this.text.length });
  }
  type(id: number) {
    const values = [{ name: 'MAX', value: '18446744073709551615' }];
    return id === 1
      ? JSON.stringify({ id, name: 'e', kind: 'enum64', size: 8, signed: false, values })
      : undefined;
  }
  free() {
    this.frees += 1;
  }
}

class FakeGlue {
  readonly Btf = FakeBtf;
  constructor(readonly Registry: FinalizationRegistryConstructor) {
    started.push(this);
  }
  initSync() {
    return { memory: new WebAssembly.Memory({ initial: 1 }) };
  }
}

vi.mock('../wasm/glue.js', () => ({
  createGlue: (registry: FinalizationRegistryConstructor) => new FakeGlue(registry),
}));

const bytes = (text: string) => new TextEncoder().encode(text);
/** \0asm, version 1: the smallest module. */
const MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

let core: typeof import('./slim.js');

beforeEach(async () => {
  started.length = 0;
  vi.resetModules();
  core = await import('./slim.js');
});

function failure(action: () => unknown): InstanceType<typeof core.BpfcError> {
  try {
    action();
  } catch (error) {
    if (error instanceof core.BpfcError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('readiness', () => {
  test('use before init is CORE_NOT_READY, and init mends it', () => {
    expect(failure(() => core.parseBtf(bytes('x'))).code).toBe('CORE_NOT_READY');
    core.initSync(MODULE);
    expect(core.parseBtf(bytes('x')).info().size).toBe(1);
  });

  test('nothing starts before the first use', () => {
    core.initSync(MODULE);
    expect(started).toHaveLength(0);
    core.parseBtf(bytes('x'));
    core.parseBtf(bytes('y'));
    expect(started).toHaveLength(1);
  });

  test('bytes that are no module are CORE_LOAD with the cause', async () => {
    expect(failure(() => core.initSync(bytes('no module'))).code).toBe('CORE_LOAD');
    await expect(core.init(bytes('no module'))).rejects.toMatchObject({
      code: 'CORE_LOAD',
      cause: expect.any(WebAssembly.CompileError),
    });
  });

  test('init takes an answer of fetch, and refuses a failed one', async () => {
    await core.init(Promise.resolve(new Response(MODULE)));
    expect(core.parseBtf(bytes('x')).info().size).toBe(1);
    await expect(core.init(new Response('', { status: 404 }))).rejects.toMatchObject({ code: 'CORE_LOAD' });
  });
});

describe('errors', () => {
  beforeEach(() => core.initSync(MODULE));

  test('a coded error keeps code, place and value, and the instance', () => {
    const kept = core.parseBtf(bytes('kept'));
    const error = failure(() => core.parseBtf(bytes('bad')));
    expect(error).toMatchObject({
      name: 'BpfcError',
      code: 'BTF_MAGIC',
      message: 'not BTF',
      at: 0,
      value: 25186,
    });
    expect(error.cause).toMatchObject({ code: 'BTF_MAGIC' });
    expect(kept.info().size).toBe(4);
  });

  test.each(['trap', 'overflow'])(
    'a crash (%s) is WASM_TRAP, and the next call has a fresh instance',
    (how) => {
      const error = failure(() => core.parseBtf(bytes(how)));
      expect(error.code).toBe('WASM_TRAP');
      expect(error.cause).toBeInstanceOf(Error);
      expect(core.parseBtf(bytes('again')).info().size).toBe(5);
      expect(started).toHaveLength(2);
    },
  );

  test('what is not bytes is ARG_TYPE and does not reach the instance', () => {
    const error = failure(() => core.parseBtf('text' as unknown as Uint8Array));
    expect(error).toMatchObject({
      code: 'ARG_TYPE',
      message: 'expected a Uint8Array or an ArrayBuffer, got string',
    });
    expect(started).toHaveLength(0);
  });

  test('an ArrayBuffer and a view into one are bytes', () => {
    const buffer = bytes('..view..').buffer;
    expect(core.parseBtf(buffer).info().size).toBe(8);
    expect(core.parseBtf(new Uint8Array(buffer, 2, 4)).info().size).toBe(4);
  });
});

describe('handles', () => {
  beforeEach(() => core.initSync(MODULE));

  test('use after free is HANDLE_FREED; freeing twice is fine', () => {
    const btf = core.parseBtf(bytes('x'));
    btf.free();
    btf.free();
    expect(failure(() => btf.info())).toMatchObject({
      code: 'HANDLE_FREED',
      message: 'this Btf was freed already',
    });
  });

  test('`using` frees at the end of the block', () => {
    let outside: Btf;
    {
      using btf = core.parseBtf(bytes('x'));
      outside = btf;
    }
    expect(failure(() => outside.info()).code).toBe('HANDLE_FREED');
  });

  test('a handle whose instance trapped is HANDLE_STALE, and freeing it does not enter the dead instance', () => {
    const free = vi.spyOn(FakeBtf.prototype, 'free');
    const btf = core.parseBtf(bytes('x'));
    failure(() => core.parseBtf(bytes('trap')));
    expect(failure(() => btf.info()).code).toBe('HANDLE_STALE');
    btf.free();
    expect(free).not.toHaveBeenCalled();
    free.mockRestore();
  });

  test('garbage collection frees in a live instance, and leaves a dead one alone', () => {
    const cleanups: ((held: unknown) => void)[] = [];
    vi.stubGlobal(
      'FinalizationRegistry',
      class {
        constructor(cleanup: (held: unknown) => void) {
          cleanups.push(cleanup);
        }
      },
    );
    core.parseBtf(bytes('x'));
    const freed = vi.fn();
    const Registry = started[0]?.Registry;
    if (!Registry) throw new Error('no instance was started');
    new Registry(freed);
    cleanups[0]?.(1);
    expect(freed).toHaveBeenCalledExactlyOnceWith(1);
    failure(() => core.parseBtf(bytes('trap')));
    cleanups[0]?.(2);
    expect(freed).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });
});

test('64-bit enumerators are bigint, exactly', () => {
  core.initSync(MODULE);
  const type = core.parseBtf(bytes('x')).type(1);
  expect(type).toMatchObject({ kind: 'enum64', values: [{ name: 'MAX', value: 18446744073709551615n }] });
});
