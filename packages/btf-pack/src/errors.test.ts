import { BpfcError, CoreCode } from '@bpfc/core';
import { expect, test } from 'vitest';
import { CliCode, CliError, inFile, io, toProblem } from './errors.js';

test('codes are stable capitals, each used once, here and in the core', () => {
  const codes = [...Object.values(CliCode), ...Object.values(CoreCode)];
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
});

test('an error of the core keeps code, place and value, and gets the name of the file', () => {
  const action = () =>
    inFile('a.bpf.o', () => {
      throw new BpfcError('BTF_MAGIC', 'not BTF', { at: 0, value: 7 });
    });
  expect(action).toThrow(
    expect.objectContaining({ code: 'BTF_MAGIC', at: 0, value: 7, message: 'a.bpf.o: not BTF' }),
  );
});

test('an error of the system is named by file and in words', async () => {
  const failing = io(CliCode.read, 'a.btf', () =>
    Promise.reject(Object.assign(new Error('ENOENT: ...'), { code: 'ENOENT' })),
  );
  await expect(failing).rejects.toMatchObject({ code: 'IO_READ', message: 'a.btf: no such file or folder' });
});

test('anything else is a defect: INTERNAL', () => {
  expect(toProblem(new TypeError('x is undefined'))).toEqual({ code: 'INTERNAL', message: 'x is undefined' });
  expect(toProblem(new CliError(CliCode.sourceEmpty, 'nothing'))).toEqual({
    code: 'SOURCE_EMPTY',
    message: 'nothing',
  });
});
