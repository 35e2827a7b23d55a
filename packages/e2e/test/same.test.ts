// One job, several programs: the native `bpfc` does what `btf-pack` does, to the byte.
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objects } from '@bpfc/fixtures';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { btfPack, faces } from './faces.js';
import { oneOfEachSeries } from './support.js';

const programs = (await readdir(objects, { recursive: true }))
  .filter((file) => file.endsWith('.bpf.o'))
  .map((file) => fileURLToPath(new URL(file, objects)))
  .sort();
const program = (name: string) => programs.find((file) => file.endsWith(`/bpfel/${name}.bpf.o`)) ?? name;

/** One of each series, and of these one for either byte order. */
const kernels = await oneOfEachSeries();
const [kernel = ''] = kernels;
const bigEndian = kernels.filter((file) => file.includes('/s390x/'));

let folder: string;
/** Files that somebody has broken, and packs to verify. */
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bpfc-same-'));
  await mkdir(at('archive/debian/12/x86_64'), { recursive: true });
  await writeFile(at('archive/debian/12/x86_64/6.1-broken.btf'), 'not BTF');
  await writeFile(at('archive/debian/12/x86_64/6.1-empty.btf.tar.xz'), '');
  await mkdir(at('project'));
  await writeFile(at('project/btf-pack.toml'), 'arch = 3\n');
  await writeFile(at('no-pack.tar'), 'no pack');
  await writeFile(at('fleet'), '# ours\nubuntu 20.04 x86_64 5.4.0-26-generic\nfedora 31 x86_64 5.3.7\n');
  await writeFile(at('no-fleet'), 'ubuntu 20.04\n');
  const { files } = await btfPack(['pack', execsnoop, ...from, '-o', 'pack.tar']);
  await writeFile(at('pack.tar'), Buffer.from(Object.values(files)[0] ?? '', 'hex'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

type Case = [what: string, args: () => readonly string[]];

const execsnoop = program('execsnoop');
const from = ['--from', ...kernels];

const trims: Case[] = programs.flatMap((object) =>
  [kernel, ...bigEndian].map(
    (kernel): Case => [`trim ${name(kernel)} for ${name(object)}`, () => ['trim', kernel, 'out.btf', object]],
  ),
);

/** What only looks: nothing is written. */
const views: Case[] = [
  ...programs.map((object): Case => [`inspect ${name(object)}`, () => ['inspect', object, '--json']]),
  ...['missing', 'requirements', 'ambiguous'].map(
    (object): Case => [`inspect ${object}, as text`, () => ['inspect', program(object)]],
  ),
  ...kernels.map((kernel): Case => [`inspect ${name(kernel)}`, () => ['inspect', kernel]]),
  ['inspect a kernel, as JSON', () => ['inspect', kernel, '--json']],
  ['inspect a pack', () => ['inspect', at('pack.tar')]],
  ['inspect a pack, as JSON', () => ['inspect', at('pack.tar'), '--json']],
  ['inspect --against', () => ['inspect', program('missing'), '--against', ...kernels]],
  [
    'inspect --against what cannot be asked',
    () => ['inspect', execsnoop, '--against', ...bigEndian, execsnoop],
  ],
  ['inspect a pack --against', () => ['inspect', at('pack.tar'), '--json', '--against', ...kernels]],
  ['dump', () => ['dump', kernel]],
  ['dump a type', () => ['dump', kernel, 'struct task_struct']],
  ['dump --format raw', () => ['dump', kernel, '--format', 'raw']],
  ['dump --format json', () => ['dump', kernel, '--format', 'json', 'task_struct', 'pid_t']],
  ['diff', () => ['diff', kernel, kernels.at(-1) ?? kernel]],
  ['diff --json of a type', () => ['diff', kernel, kernels.at(-1) ?? kernel, 'struct task_struct', '--json']],
  ['select', () => ['select', at('pack.tar'), ...machine('ubuntu', '20.04', '5.11.0-1028-gcp')]],
  [
    'select --json',
    () => ['select', at('pack.tar'), ...machine('debian', '10', '4.19.0-17-amd64'), '--json'],
  ],
  [
    'select --nearest',
    () => ['select', at('pack.tar'), ...machine('ubuntu', '20.04', '5.11.0-1029-gcp'), '--nearest'],
  ],
  ['select --fleet', () => ['select', at('pack.tar'), '--fleet', at('fleet')]],
  ['select --fleet --json', () => ['select', at('pack.tar'), '--fleet', at('fleet'), '--json', '--nearest']],
];

function machine(id: string, version: string, release: string): string[] {
  const file = at(`${id}-${version}`);
  writeFileSync(file, `ID=${id}\nVERSION_ID="${version}"\n`);
  return ['--os-release', file, '--machine', 'x86_64', '--release', release];
}

const packs: Case[] = [
  ...programs.map(
    (object): Case => [`pack ${name(object)}`, () => ['pack', object, ...from, '--json', '-o', 'out.tar']],
  ),
  ...[
    ['out.tar'],
    ['out.tar.gz'],
    ['out/'],
    ['out.o'],
    ['out.o', '--target', 's390x'],
    ['out.h'],
    ...['bcc', 'ig', 'flat'].map((layout) => ['out.tar.gz', '--layout', layout]),
    ['out/', '--layout', 'ig'],
    ['out/', '--layout', 'flat'],
  ].map(
    (output): Case => [`pack -o ${output.join(' ')}`, () => ['pack', execsnoop, ...from, '-o', ...output]],
  ),
  ['pack without -o', () => ['pack', execsnoop, ...from]],
  ['pack --sizes', () => ['pack', execsnoop, ...from, '--sizes']],
  ['pack --btf-compat', () => ['pack', program('enums'), ...from, '--btf-compat']],
  ['pack several programs', () => ['pack', execsnoop, program('fields'), ...from, '--json']],
  ['pack --main', () => ['pack', execsnoop, program('fields'), '--main', program('fields'), ...from]],
  ['pack --kernels', () => ['pack', execsnoop, ...from, '--kernels', 'debian/*', '*/5.4*', '--json']],
  ['pack --arch', () => ['pack', execsnoop, ...from, '--arch', 'arm64', '--json']],
  ['pack --no-aliases --jobs 1', () => ['pack', execsnoop, ...from, '--no-aliases', '--jobs', '1', '--json']],
  ['pack a kernel of no known path', () => ['pack', execsnoop, '--from', execsnoop, kernel]],
  ['pack with broken entries', () => ['pack', execsnoop, ...from, at('archive'), '--json']],
  ['pack with broken entries, as text', () => ['pack', execsnoop, ...from, at('archive')]],
];

const failures: Case[] = [
  ['an unknown option', () => ['pack', execsnoop, '--frm', 'x']],
  ['an unknown command', () => ['pakc']],
  ['no program', () => ['pack']],
  ['no thread', () => ['pack', execsnoop, '--jobs', '0']],
  ['a size of no unit', () => ['pack', execsnoop, '--max-size', '3G']],
  ['a layout of nobody', () => ['pack', execsnoop, '--layout', 'zip']],
  ['an option without its value', () => ['pack', execsnoop, '-o']],
  ['a missing argument', () => ['trim', kernel]],
  ['an argument too many', () => ['inspect', at('pack.tar'), at('pack.tar')]],
  ['an argument too many and an unknown option', () => ['inspect', kernel, kernel, '--jsn']],
  ['arguments too many', () => ['select', at('pack.tar'), kernel, kernel]],
  ['a flag with a value', () => ['select', at('pack.tar'), '--nearest=1']],
  ['a flag with a long value', () => ['select', at('pack.tar'), '--nearest=yes']],
  ['a flag with an empty value', () => ['inspect', at('pack.tar'), '--json=']],
  ['no pack', () => ['verify']],
  ['an output of unknown form', () => ['pack', execsnoop, '-o', 'out.zip']],
  ['a form that the reader does not take', () => ['pack', execsnoop, '-o', 'out.tar', '--layout', 'bcc']],
  ['-j and --main', () => ['pack', '-j', 'package.json', '--main', execsnoop]],
  ['a machine for what is not linked', () => ['pack', execsnoop, '-o', 'x.tar', '--target', 's390x']],
  ['a machine of no objects', () => ['pack', execsnoop, ...from, '-o', 'x.o', '--target', 'vax']],
  ['--main of another program', () => ['pack', execsnoop, '--main', program('fields'), ...from]],
  ['the output is the program', () => ['pack', execsnoop, '-o', execsnoop]],
  ['a missing program', () => ['pack', '/nonexistent/x.bpf.o']],
  ['a folder as program', () => ['pack', at('archive')]],
  ['a file as folder', () => ['pack', `${execsnoop}/x.o`]],
  ['a name that is too long', () => ['trim', kernel, 'x'.repeat(300), execsnoop]],
  ['what is no program', () => ['trim', kernel, 'out', kernel]],
  ['what is no kernel', () => ['trim', at('no-pack.tar'), 'out', execsnoop]],
  ['a missing kernel', () => ['trim', '/nonexistent/k.btf', 'out', execsnoop]],
  ['an output folder that is missing', () => ['trim', kernel, '/nonexistent/out', execsnoop]],
  ['an output that is a folder', () => ['trim', kernel, folder, execsnoop]],
  ['programs of both byte orders', () => ['pack', execsnoop, execsnoop.replace('bpfel', 'bpfeb'), ...from]],
  ['an archive without kernels', () => ['pack', execsnoop, '--from', at('project')]],
  ['only broken entries', () => ['pack', execsnoop, '--from', at('archive')]],
  ['--strict and broken entries', () => ['pack', execsnoop, ...from, at('archive'), '--strict']],
  ['--max-size', () => ['pack', execsnoop, ...from, '--max-size', '1K']],
  ['no kernel that is wanted', () => ['pack', execsnoop, ...from, '--kernels', 'nobody/*']],
  ['a folder of somebody else', () => ['pack', execsnoop, ...from, '-o', `${folder}/`]],
  ['modules that are not there', () => ['pack', execsnoop, ...from, '--modules', at('project')]],
  ['a wrong btf-pack.toml', () => ['pack', at('project/x.bpf.o')]],
  ['what is no pack', () => ['verify', at('no-pack.tar')]],
  ['nothing that is known', () => ['inspect', at('no-pack.tar')]],
  ['a BTF against kernels', () => ['inspect', kernel, '--against', kernel]],
  ['a type that is not there', () => ['dump', kernel, 'struct nobody']],
  ['a type that neither has', () => ['diff', kernel, kernel, 'nobody']],
  ['a base of what is whole', () => ['dump', kernel, '--base', kernel]],
  ['a format of nobody', () => ['dump', kernel, '--format', 'html']],
  ['a list that is none', () => ['select', at('pack.tar'), '--fleet', at('no-fleet')]],
  ['a list and a machine', () => ['select', at('pack.tar'), '--fleet', at('fleet'), '--release', 'r']],
  ['--strict without a list', () => ['select', at('pack.tar'), '--strict']],
];

function name(path: string): string {
  return path.split('/').slice(-2).join('/');
}

describe.each(Object.entries(faces))('%s', (_name, face) => {
  const sameAsBtfPack = async (args: readonly string[]) => {
    const [ours, expected] = await Promise.all([face(args), btfPack(args)]);
    expect(ours).toEqual(expected);
    return expected;
  };

  test.each(trims)('%s', async (_what, args) => {
    await sameAsBtfPack(args());
  });

  test.each(packs)('%s', async (_what, args) => {
    const { exitCode, files } = await sameAsBtfPack(args());
    expect(exitCode === 0).toBe(Object.keys(files).length > 0);
  });

  test.each(views)('%s', async (_what, args) => {
    const { exitCode, stdout, stderr, files } = await sameAsBtfPack(args());
    expect([exitCode, stderr, files]).toEqual([0, '', {}]);
    expect(stdout).not.toBe('');
  });

  test('a machine that gets nothing', async () => {
    const args = ['select', at('pack.tar'), ...machine('fedora', '31', '5.3.7')];
    const { exitCode, stdout, stderr } = await sameAsBtfPack(args);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('no BTF for this kernel')]);
    expect(stderr).toContain('PACK_NO_MATCH');
    const unserved = await sameAsBtfPack(['select', at('pack.tar'), '--fleet', at('fleet'), '--strict']);
    expect(unserved.exitCode).toBe(1);
  });

  test.each(failures)('%s', async (_what, args) => {
    const { exitCode, stdout, files } = await sameAsBtfPack(args());
    expect(exitCode).toBeGreaterThan(0);
    expect([stdout, files]).toEqual(['', {}]);
  });

  describe('verify', () => {
    const packed = async (output: string, ...options: string[]) => {
      const { files } = await btfPack(['pack', execsnoop, ...from, '-o', output, ...options]);
      const [content = ''] = Object.values(files);
      await writeFile(at(output), Buffer.from(content, 'hex'));
      return at(output);
    };

    test.each(['bpf-compatible', 'bcc', 'ig', 'flat'])('of the layout %s', async (layout) => {
      const pack = await packed(`${layout}.tar.gz`, '--layout', layout);
      for (const args of [[], ['--json'], [execsnoop], [program('fields')], [program('fields'), '--json']]) {
        await sameAsBtfPack(['verify', pack, ...args]);
      }
    });
  });
});
