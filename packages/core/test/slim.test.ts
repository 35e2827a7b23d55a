// The module for pages: what it has is as in the full one, and what it lacks says so.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Found, outputAt, PackJob, Programs } from '../dist/command.js';
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
const proving = object('kprobe_arguments.x86');
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
  ['parseObject', () => core.parseObject(program).info()],
  ['packageJson', () => core.parseObject(program).packageJson('a.bpf.o')],
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
  [
    'createPack',
    () => {
      const { json } = core.parseObject(program).packageJson('a.bpf.o');
      const entries = [{ path: 'btfhub-archive/a/1/x86_64/5.4.btf', bytes: small }];
      const pack = core.createPack({ package: json, entries, container: 'tar.gz' });
      return [pack, core.inspect(pack), core.openPack(pack).program()];
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

test('chooseKernels chooses as the command does, and the packs are equal', () => {
  const files = [
    'btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz',
    'btfhub-archive/ubuntu/20.04/arm64/5.4.0-26-generic.btf.tar.xz',
    'btfhub-archive/debian/12/x86_64/6.1.0.btf',
    'mine.btf',
    'ubuntu/20.04/x86_64/5.4.0-26-generic.btf',
  ];
  const kernels = ['ubuntu*', 'unknown*'];
  const trimmed = () => core.trim({ objects: [proving], kernel });
  const fromPage = within(slim, () => {
    const choice = core.chooseKernels([{ name: 'kprobe.bpf.o', bytes: proving }], files, { kernels });
    const { btf } = trimmed();
    const entries = choice.kernels.map(({ path }) => ({ path, bytes: btf }));
    const { json } = core.parseObject(proving).packageJson('kprobe.bpf.o');
    return { choice, pack: core.createPack({ package: json, entries, container: 'tar' }) };
  });
  expect(fromPage.choice.kernels.map(({ file }) => file)).toEqual([files[0], files[3]]);
  expect(fromPage.choice.leftOut.map(({ reason }) => reason)).toEqual([
    'not matched by --kernels',
    'aarch64, and kprobe.bpf.o reads the registers of x86_64',
    'found a second time',
  ]);
  expect(fromPage.choice.warnings.map(({ code }) => code)).toEqual(['SOURCE_UNKNOWN']);

  const fromCommand = within(full, () => {
    const programs = new Programs();
    programs.add('kprobe.bpf.o', proving);
    programs.generatePackage(undefined, '/');
    const listings = files.map((path) => ({ path, folder: false, files: [{ file: path, running: false }] }));
    const system = { osRelease: '', machine: '', release: '', current: '' };
    const found = Found.among(listings, programs.assumedArch(''), system);
    const job = PackJob.plan(programs, found, {
      output: outputAt('out.tar', false, 'bpf-compatible'),
      kernels,
      archs: [],
      strict: false,
      aliases: false,
      machine: 'x86_64',
      sizes: false,
      jobs: 1,
    });
    const chosen = job.kernels().map(({ kernel }) => kernel);
    for (const position of chosen.keys()) job.trimmed(position, trimmed());
    return { kernels: chosen, pack: job.finish().content() };
  });
  expect(fromCommand.kernels).toEqual(fromPage.choice.kernels.map(({ file }) => file));
  expect(Buffer.from(fromPage.pack).equals(fromCommand.pack as Uint8Array)).toBe(true);
});
