// `run`: a pack's program in the running kernel, with the kernel's BTF hidden and in sight.
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { parseObject } from '@bpfc/core';
import { inNamespace, liveIn, NATIVE } from '@bpfc/fixtures/live';
import { describe, expect, type TestContext, test } from 'vitest';
import { btfPack, object, type Run, type RunOptions, scratch } from './support.js';

const live = liveIn<TestContext>(test);

/** A program of a name that no other has: what is executed to be seen. */
async function executable(): Promise<{ path: string; name: string }> {
  const name = `run${process.pid}`;
  const path = join(await scratch(), name);
  await copyFile('/bin/true', path);
  return { path, name };
}

async function packed(program: string, from = NATIVE): Promise<string> {
  const pack = join(await scratch(), `${program}.tar`);
  const { status, stderr } = await btfPack(['pack', object(program), '--from', from, '-o', pack]);
  expect([status, stderr]).toEqual([0, '']);
  return pack;
}

/** A pack with the running kernel's BTF as that of another release. */
async function packedForAnother(program: string): Promise<string> {
  const kernel = join(await scratch(), 'ubuntu/20.04/x86_64/5.4.0-26-generic.btf');
  await mkdir(join(kernel, '..'), { recursive: true });
  await copyFile(NATIVE, kernel);
  return packed(program, kernel);
}

/** Executes a program again and again while `btf-pack run` runs. */
const executing = (path: string) => `while kill -0 $$ && sleep 0.1; do ${path} word; done > /dev/null 2>&1 &`;

const run = (
  args: readonly string[],
  options: RunOptions & { native?: boolean; before?: string } = {},
): Promise<Run> =>
  btfPack(['run', ...args], { ...options, under: [...inNamespace(options), ...(options.under ?? [])] });

/** Stops the command once it has printed a text. */
const stopAfter =
  (text: string): NonNullable<RunOptions['meanwhile']> =>
  async (child) => {
    await child.printed(text);
    child.kill('SIGINT');
  };

const sha256 = async (name: string) => {
  using parsed = parseObject(await readFile(object(name)));
  return parsed.info().sha256;
};

describe('with the BTF of the kernel hidden', () => {
  live('prints what runs, then events, until Ctrl-C', async () => {
    const { path, name } = await executable();
    const options = { before: executing(path), meanwhile: stopAfter(name) };
    const { status, stdout, stderr } = await run([await packed('execsnoop')], options);
    expect([status, stderr]).toEqual([0, '']);
    const [program, enter, exit, btf, empty, title] = stdout.split('\n');
    expect(program).toBe(`program   SHA-256 ${await sha256('execsnoop')}`);
    expect(enter).toBe('attached  tracepoint_sys_enter_execve, tracepoint/syscalls/sys_enter_execve');
    expect(exit).toBe('attached  tracepoint_sys_exit_execve, tracepoint/syscalls/sys_exit_execve');
    expect(btf).toMatch(new RegExp(`^BTF       .*/${release().replaceAll('.', '\\.')} of the pack`));
    expect(empty).toBe('');
    expect(title).toMatch(/^TIME +PID +PPID +UID +RETVAL +ARGS_COUNT +ARGS_SIZE +COMM +ARGS$/);
    expect(stdout).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d +\\d+ +\\d+ +0 +0 +2 +\\d+ +${name} +${path}$`, 'm'),
    );
  });

  live('as JSON, one object a line, so many events', async () => {
    const { path } = await executable();
    const args = [await packed('bootstrap'), '--json', '--events', '3'];
    const { status, stdout, stderr } = await run(args, { before: executing(path) });
    expect([status, stderr]).toEqual([0, '']);
    const [first, ...events] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({
      loaded: {
        sha256: await sha256('bootstrap'),
        programs: [
          { name: 'handle_exec', section: 'tp/sched/sched_process_exec' },
          { name: 'handle_exit', section: 'tp/sched/sched_process_exit' },
        ],
        maps: [{ name: 'rb', kind: 'ringbuf' }],
        btf: expect.objectContaining({ source: 'pack', step: 'exact' }),
      },
    });
    expect(events).toHaveLength(3);
    for (const { event, map } of events) {
      expect(map).toBe('rb');
      expect(event).toMatchObject({ pid: expect.any(Number), duration_ns: expect.stringMatching(/^\d+$/) });
    }
  });

  live('for so long', async () => {
    const { status, stdout, stderr } = await run([await packed('bootstrap'), '--duration', '1']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('attached  handle_exec');
  });

  live('ends with PACK_NO_MATCH where the pack has no BTF for this kernel', async () => {
    const { status, stdout, stderr } = await run([await packedForAnother('execsnoop')]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^btf-pack: PACK_NO_MATCH: /);
    expect(stderr).toContain(release());
  });

  live('a reader that stops reading ends it, and is no failure', async () => {
    const { path } = await executable();
    const pack = await packed('bootstrap');
    const command = 'set -o pipefail; "$@" | head -n 4';
    const { status, stdout } = await run([pack], {
      before: executing(path),
      under: ['bash', '-c', command, 'bash'],
    });
    expect([status, stdout.split('\n').length]).toEqual([0, 5]);
  });
});

live('with the BTF of the kernel in sight nothing is unpacked', async () => {
  const { path, name } = await executable();
  const temporary = await scratch();
  const { status, stdout, stderr } = await run([await packedForAnother('execsnoop')], {
    native: true,
    before: executing(path),
    env: { TMPDIR: temporary },
    meanwhile: stopAfter(name),
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`BTF       ${NATIVE}, the kernel's own\n`);
  expect(await readdir(temporary)).toEqual([]);
});

describe('refuses', () => {
  live('another program than is wanted', async () => {
    const pack = await packed('execsnoop');
    const { status, stdout, stderr } = await run([pack, '--sha256', await sha256('bootstrap')]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `btf-pack: LOADER_SHA256: the program in the pack has the SHA-256 ${await sha256('execsnoop')}\n`,
    );
  });

  test.each([
    ['--sha256', 'abc'],
    ['--events', '0'],
    ['--duration', '1.5'],
  ])('%s %s: exit status 2', async (option, value) => {
    const { status, stderr } = await btfPack(['run', 'x.tar', option, value]);
    expect(status).toBe(2);
    expect(stderr).toContain('CLI_USAGE');
  });

  test('what is no pack, naming the file', async () => {
    const { status, stderr } = await btfPack(['run', object('execsnoop')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^btf-pack: PACK_FORMAT: .*execsnoop\.bpf\.o/);
  });
});
