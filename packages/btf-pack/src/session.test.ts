import { BpfcError } from '@bpfc/core';
import { expect, test, vi } from 'vitest';
import { TrimSession } from './session.js';

const made = vi.hoisted(() => ({ trimmers: 0, failWith: undefined as unknown }));

vi.mock('@bpfc/core/slim', async (original) => ({
  ...(await original<typeof import('@bpfc/core/slim')>()),
  parseObject: () => ({ [Symbol.dispose]() {} }),
  Trimmer: class {
    constructor() {
      made.trimmers += 1;
    }
    add() {}
    trim() {
      if (made.failWith) throw made.failWith;
      return { btf: new Uint8Array([1]), report: {} };
    }
  },
}));

const file = new URL(import.meta.url).pathname;

test('objects are parsed once for all files, also after a file that is broken', () => {
  made.trimmers = 0;
  const session = new TrimSession([new Uint8Array()]);
  expect(session.trim(file)).toMatchObject({ trimmed: { btf: new Uint8Array([1]) } });
  made.failWith = new BpfcError('BTF_MAGIC', 'not BTF', { at: 0 });
  expect(session.trim(file)).toEqual({
    trimmed: null,
    problem: { code: 'BTF_MAGIC', message: 'not BTF', at: 0 },
  });
  made.failWith = undefined;
  session.trim(file);
  expect(made.trimmers).toBe(1);
});

test('after a trap the next file gets a new trimmer', () => {
  made.trimmers = 0;
  const session = new TrimSession([]);
  made.failWith = new BpfcError('WASM_TRAP', 'the instance stopped');
  expect(session.trim(file)).toMatchObject({ problem: { code: 'WASM_TRAP' } });
  made.failWith = undefined;
  expect(session.trim(file).trimmed).not.toBeNull();
  expect(made.trimmers).toBe(2);
});

test('a file that cannot be read is IO_READ', () => {
  expect(new TrimSession([]).trim('/nonexistent')).toMatchObject({
    trimmed: null,
    problem: { code: 'IO_READ', message: '/nonexistent: no such file or folder' },
  });
});
