import { readFileSync } from 'node:fs';
import { objects } from '@bpfc/fixtures';
import { expect, test } from 'vitest';
import { Against, createPack, diff, inspect, parseBtf, parseObject } from '../dist/node.js';

const bytes = readFileSync(new URL('bpfel/execsnoop.bpf.o', objects));

test('an object, with what its relocations ask for and where', () => {
  const told = inspect(bytes);
  if (told.is !== 'object') throw new Error(`it is a ${told.is}`);
  expect(told.object.relocations[1]).toMatchObject({
    expression: 'struct task_struct.real_parent',
    source: { line: 66 },
  });
});

test('a pack, with its program and the kernels that share a BTF', () => {
  const path = (release: string) => `btfhub-archive/debian/12/x86_64/${release}.btf`;
  using object = parseObject(bytes);
  const pack = createPack({
    package: object.packageJson('execsnoop.bpf.o').json,
    entries: ['6.1', '6.2'].map((release) => ({ path: path(release), bytes: new Uint8Array([1]) })),
    container: 'tar.gz',
  });
  expect(inspect(pack)).toMatchObject({
    is: 'pack',
    container: 'gzip',
    kernels: 2,
    program: { programs: [{ name: 'tracepoint_sys_enter_execve' }, {}] },
    groups: [{ paths: [path('6.1'), path('6.2')], error: { code: 'BTF_MAGIC' } }],
  });
});

test('a program on kernels, with what they have instead', () => {
  // The object's own types are a kernel's that has all it asks for.
  using object = parseObject(bytes);
  using against = new Against(object);
  using own = parseBtf(bytes);
  against.add('own', own.bytes());
  against.add('broken', new Uint8Array(8));
  const { kernels, relocations } = against.result();
  expect(kernels).toMatchObject([
    { name: 'own', read: true, code: null },
    { name: 'broken', read: false, code: 'BTF_MAGIC' },
  ]);
  expect(relocations.map(({ outcomes }) => outcomes)).toEqual(
    relocations.map(() => [expect.objectContaining({ verdict: 'ok', kernels: [0] })]),
  );
});

test('what differs between two BTFs', () => {
  using old = parseBtf(bytes);
  using other = parseBtf(readFileSync(new URL('bpfel/bootstrap.bpf.o', objects)));
  expect(diff(old, old)).toEqual([]);
  const [event] = diff(old, other, ['struct event']);
  expect(event).toMatchObject({ name: 'event', change: 'changed', old: { kind: 'struct' } });
  expect(() => diff(old, other, ['nothing'])).toThrow(expect.objectContaining({ code: 'TYPE_MISSING' }));
});
