// The module for pages: what it has is as in the full one, and what it lacks says so.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { outputAt } from '../dist/command.js';
import * as core from '../dist/slim.js';
import { kernel, object } from './support.js';

const full = readFileSync(new URL('../dist/bpfc_bg.wasm', import.meta.url));
const slim = readFileSync(new URL('../dist/bpfc_slim_bg.wasm', import.meta.url));

/** What `ask` gives in an instance of a module. */
function within<T>(module: Uint8Array, ask: () => T): T {
  core.dropInstance();
  core.initSync(module);
  return ask();
}

const program = object('execsnoop');
const pack = within(full, () => {
  const { json } = core.parseObject(program).packageJson('a.bpf.o');
  const entries = [{ path: 'btfhub-archive/a/1/x86_64/5.4.btf', bytes: program }];
  return core.createPack({ package: json, entries, container: 'tar.gz' });
});
const small = within(full, () => core.trim({ objects: [program], kernel }).btf);

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return (error as core.BpfcError).code;
  }
  return undefined;
}

test.each<[string, () => unknown]>([
  ['inspect', () => core.inspect(kernel)],
  ['parseBtf', () => [...core.parseBtf(small).types()]],
  ['find', () => core.parseBtf(kernel).find('int')],
  ['search', () => core.parseBtf(kernel).search('task')],
  ['summaries', () => core.parseBtf(small).summaries(core.parseBtf(small).search(''))],
  ['definition', () => core.parseBtf(small).definition(core.parseBtf(small).search('task_struct')[0] ?? 0)],
  ['layout', () => core.parseBtf(small).layout(core.parseBtf(small).search('task_struct')[0] ?? 0)],
  ['openPack', () => [core.inspect(pack), core.openPack(pack).entries(), core.openPack(pack).program()]],
  ['parseObject', () => core.parseObject(program).info()],
  ['relocate', () => core.relocate(core.parseObject(program), core.parseBtf(kernel))],
  ['trim', () => core.trim({ objects: [program], kernel })],
  ['diff', () => core.diff(core.parseBtf(small), core.parseBtf(kernel), ['task_struct'])],
  [
    'Against',
    () => {
      const against = new core.Against(core.parseObject(program));
      against.add('a kernel', kernel);
      against.add('none', program);
      return against.result();
    },
  ],
])('%s gives the same in the slim module', (_, ask) => {
  expect(within(slim, ask)).toEqual(within(full, ask));
});

test.each<[string, () => unknown]>([
  ['dump', () => core.parseBtf(program).dump()],
  ['typeSizes', () => core.parseBtf(program).typeSizes()],
  ['systemIdentity', () => core.systemIdentity({ osRelease: '', machine: 'x86_64', release: '5.4' })],
  ['linkableObject', () => core.linkableObject(small, 'x86_64')],
  ['packageJson', () => core.parseObject(program).packageJson('a.bpf.o')],
  ['createPack', () => core.createPack({ entries: [], container: 'tar' })],
  ['the commands', () => outputAt('a.tar', false, 'flat')],
])('CORE_SLIM: %s, and the instance lives on', (_, ask) => {
  const code = within(slim, () => {
    const parsed = core.parseObject(program);
    const code = codeOf(ask);
    expect(parsed.info().programs).not.toEqual([]);
    return code;
  });
  expect(code).toBe('CORE_SLIM');
  within(full, ask);
});

test.each<[string, (program: core.BpfObject) => unknown]>([
  ['function', () => core.linkableObject(new Uint8Array(16 << 20), 'x86_64')],
  ['method', (program) => program.packageJson('x'.repeat(16 << 20))],
])('no argument of a %s that is lacking is copied, which nobody would free', (_, ask) => {
  within(slim, () => {
    const parsed = core.parseObject(program);
    const before = core.memoryBytes();
    expect(codeOf(() => ask(parsed))).toBe('CORE_SLIM');
    expect(core.memoryBytes()).toBe(before);
  });
});
