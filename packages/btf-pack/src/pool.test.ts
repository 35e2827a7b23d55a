import { BpfcError } from '@bpfc/core';
import type { TrimOutcome, TrimPool } from '@bpfc/core/pool';
import { expect, test, vi } from 'vitest';
import { trimFiles } from './pool.js';

/** A pool that says of each kernel's file what stands here. */
function poolOf(said: Record<string, TrimOutcome>): { trim: TrimPool['trim'] } {
  return {
    trim: async ({ kernels, onDone }) =>
      Array.from(kernels, (input, index) => {
        const { kernel } = input as { kernel: string };
        const outcome = said[kernel];
        if (!outcome) throw new Error(`${kernel} was not expected`);
        onDone?.(index, outcome);
        return outcome;
      }),
  };
}

const failed = (error: BpfcError): TrimOutcome => ({ trimmed: null, error });
const options = { objects: [], jobs: 2 };

test('a trimmed BTF is its outcome, and is told of', async () => {
  const trimmed = { btf: new TextEncoder().encode('abc'), report: {} as never };
  const onDone = vi.fn();
  const pool = poolOf({ 'a.btf': { trimmed, error: null } });
  const files = [{ kernel: 'a.btf', modules: ['m/ext4.btf'] }];
  expect(await trimFiles(pool, files, { ...options, onDone })).toEqual([{ trimmed, problem: null }]);
  expect(onDone).toHaveBeenCalledOnce();
});

test('what is wrong with a file is data', async () => {
  const pool = poolOf({ 'a.btf': failed(new BpfcError('BTF_MAGIC', 'not BTF', { at: 0 })) });
  expect(await trimFiles(pool, [{ kernel: 'a.btf', modules: [] }], options)).toEqual([
    { trimmed: null, problem: { code: 'BTF_MAGIC', message: 'not BTF', at: 0 } },
  ]);
});

test('a file that cannot be read is IO_READ, with its name', async () => {
  const cause = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
  const pool = poolOf({
    'a.btf': failed(new BpfcError('KERNEL_READ', 'cannot read this kernel', { cause })),
  });
  expect(await trimFiles(pool, [{ kernel: 'a.btf', modules: [] }], options)).toEqual([
    { trimmed: null, problem: { code: 'IO_READ', message: 'a.btf: no such file or folder' } },
  ]);
});

test('of a module that cannot be read the name is told', async () => {
  const cause = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
  const pool = poolOf({ 'a.btf': failed(new BpfcError('KERNEL_READ', 'cannot', { cause, value: 1 })) });
  const [outcome] = await trimFiles(pool, [{ kernel: 'a.btf', modules: ['m/ext4.btf'] }], options);
  expect(outcome).toMatchObject({ problem: { message: 'm/ext4.btf: no such file or folder' } });
});
