import { beforeEach, expect, test, vi } from 'vitest';
import { BpfcError } from '../error.js';
import { TrimSession } from './session.js';

const made = vi.hoisted(() => ({
  trimmers: 0,
  memory: 0,
  dropped: 0,
  failWith: undefined as unknown,
}));

vi.mock('../object.js', () => ({ parseObject: () => ({ [Symbol.dispose]() {} }) }));
vi.mock('../instance.js', () => ({
  memoryBytes: () => made.memory,
  dropInstance: () => {
    made.dropped += 1;
    made.memory = 0;
  },
}));
vi.mock('../trim.js', () => ({
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

const kernel = new Uint8Array();

beforeEach(() => {
  Object.assign(made, { trimmers: 0, memory: 1 << 20, dropped: 0, failWith: undefined });
});

test('objects are parsed once for all kernels, also after one that is broken', () => {
  const session = new TrimSession({ objects: [new Uint8Array()], compat: false });
  expect(session.trim(kernel)).toMatchObject({ trimmed: { btf: new Uint8Array([1]) } });
  made.failWith = new BpfcError('BTF_MAGIC', 'not BTF', { at: 0 });
  expect(session.trim(kernel)).toEqual({
    trimmed: null,
    problem: { code: 'BTF_MAGIC', message: 'not BTF', at: 0, value: undefined },
  });
  made.failWith = undefined;
  session.trim(kernel);
  expect(made.trimmers).toBe(1);
});

test('after a trap the next kernel gets a new trimmer', () => {
  const session = new TrimSession({ objects: [], compat: false });
  made.failWith = new BpfcError('WASM_TRAP', 'the instance stopped');
  expect(session.trim(kernel)).toMatchObject({ problem: { code: 'WASM_TRAP' } });
  made.failWith = undefined;
  expect(session.trim(kernel).trimmed).not.toBeNull();
  expect(made.trimmers).toBe(2);
});

test('an instance above 64 MB is dropped once its kernel is done, well or not', () => {
  const session = new TrimSession({ objects: [], compat: false });
  session.trim(kernel);
  expect(made.dropped).toBe(0);
  made.memory = 65 << 20;
  session.trim(kernel);
  expect(made.dropped).toBe(1);
  made.memory = 65 << 20;
  made.failWith = new BpfcError('BTF_MAGIC', 'not BTF');
  session.trim(kernel);
  expect(made).toMatchObject({ dropped: 2, trimmers: 2 });
});

test('a defect is no outcome: the worker goes down with it', () => {
  made.failWith = new TypeError('a defect');
  expect(() => new TrimSession({ objects: [], compat: false }).trim(kernel)).toThrow('a defect');
});
