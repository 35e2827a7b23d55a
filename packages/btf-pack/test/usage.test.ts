// The command line itself: help, exit statuses, what goes to which stream.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { btfPack, CLI, fewKernels, object, scratch } from './support.js';

test.each([
  [],
  ['pack'],
  ['trim'],
  ['verify'],
  ['btfgen'],
  ['fetch'],
  ['list'],
  ['cache'],
  ['index'],
  ['run'],
])('%s --help shows an example', async (...command) => {
  const run = await btfPack([...command, '--help']);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).toMatch(new RegExp(`Examples?:\n.*btf-pack ${command[0] ?? 'pack'}`));
});

test('the exit statuses are in the help', async () => {
  expect((await btfPack(['--help'])).stdout).toContain('Exit status: 0 done; 1 failed');
});

test('--version is that of the package', async () => {
  expect((await btfPack(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ['a typo in a flag', ['pack', 'x.bpf.o', '--frm', 'y'], "unknown option '--frm'"],
  ['a typo in a command', ['pakc'], "unknown command 'pakc'"],
  ['no program', ['pack'], 'no program is given'],
  ['an argument too many', ['fetch', 'this'], 'too many arguments'],
  ['no thread', ['pack', 'x.bpf.o', '--jobs', '0'], "argument '0' is invalid"],
  ['an output of unknown form', ['pack', 'x.bpf.o', '-o', 'out.zip'], '-o out.zip: the name says the form'],
  ['-j and --main', ['pack', '-j', 'package.json', '--main', 'x.bpf.o'], 'give one of them'],
  ['a missing argument', ['trim', 'kernel'], "missing required argument 'OUT'"],
  ['no program to trim for', ['trim', 'kernel', 'out'], 'no program is given'],
  ['no pack', ['verify'], 'no pack is given'],
  [
    'a layout of nobody',
    ['pack', 'x.bpf.o', '--layout', 'zip'],
    'Allowed choices are bpf-compatible, bcc, ig, flat',
  ],
  ['a size of no unit', ['pack', 'x.bpf.o', '--max-size', '3G'], "argument '3G' is invalid"],
  [
    'a machine for what is not linked',
    ['pack', 'x.bpf.o', '-o', 'x.tar', '--target', 's390x'],
    'give -o OUT.o',
  ],
])('%s is CLI_USAGE, exit status 2', async (_what, args, text) => {
  const run = await btfPack(args);
  expect(run).toMatchObject({ status: 2, stdout: '' });
  expect(run.stderr).toMatch(/^btf-pack: CLI_USAGE: /);
  expect(run.stderr).toContain(text);
});

test('--main has to be one of the programs', async () => {
  const run = await btfPack(['pack', object('fields'), '--main', object('types'), ...fewKernels]);
  expect(run).toMatchObject({ status: 2, stderr: expect.stringContaining('not one of the programs given') });
});

test('no command shows the help on stderr, exit status 2', async () => {
  const run = await btfPack([]);
  expect(run).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('Usage: btf-pack') });
});

test('a file that is missing is IO_READ with its name, exit status 1', async () => {
  const run = await btfPack(['pack', '/nonexistent/x.bpf.o']);
  expect(run).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'btf-pack: IO_READ: /nonexistent/x.bpf.o: no such file or folder\n',
  });
});

test('an output folder that is missing is IO_WRITE', async () => {
  const run = await btfPack(['pack', object('fields'), ...fewKernels, '-o', '/nonexistent/out.tar']);
  expect(run).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^btf-pack: IO_WRITE: \/nonexistent/),
  });
});

test('a folder that holds anything else is not replaced', async () => {
  const folder = await scratch();
  await writeFile(join(folder, 'thesis.txt'), '');
  const run = await btfPack(['pack', object('fields'), ...fewKernels, '-o', `${folder}/`]);
  expect(run).toMatchObject({ status: 1, stderr: expect.stringMatching(/^btf-pack: OUTPUT_NOT_A_PACK: /) });
  expect(await readdir(folder)).toEqual(['thesis.txt']);
});

test('neither colors nor a progress bar when piped', async () => {
  const out = join(await scratch(), 'out.tar');
  const run = await btfPack(['pack', object('fields'), ...fewKernels, '-o', out], { env: { NO_COLOR: '' } });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).not.toContain('\u001b');
});

test('a reader that stops reading is no failure', async () => {
  const out = join(await scratch(), 'out.tar');
  const command = `"$@" | true; exit "\${PIPESTATUS[0]}"`;
  const args = ['pack', '--json', object('fields'), ...fewKernels, '-o', out];
  execFileSync('bash', ['-c', command, 'bash', process.execPath, CLI, ...args], { stdio: 'pipe' });
});

test('output that cannot be written is IO_WRITE', () => {
  const run = (command: string) =>
    spawnSync('bash', ['-c', command, 'bash', process.execPath, CLI, '--help']);
  const { status, stderr } = run('"$@" > /dev/full');
  expect(status).toBe(1);
  expect(stderr.toString()).toBe('btf-pack: IO_WRITE: stdout: no space left on the device\n');
  expect(run('"$@" > /dev/full 2>&1').status).toBe(1);
});

test('the command line runs as an executable file', async () => {
  await chmod(CLI, 0o755);
  expect(execFileSync(CLI, ['--version'], { encoding: 'utf8' })).toMatch(/^\d/);
});
