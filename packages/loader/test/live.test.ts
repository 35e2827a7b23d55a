// Programs in the running kernel, with its BTF hidden and in sight.
import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { currentSystem } from '../dist/index.js';
import { live, type Namespace, node, packForThisKernel, packWithoutBtf, scratch, script } from './support.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../../examples/node/execsnoop.mjs', import.meta.url));

/** A program of a name that no other has: what is executed to be seen. */
async function executable(): Promise<{ path: string; name: string }> {
  const folder = await scratch();
  const name = `seen${process.pid}`;
  const path = join(folder, name);
  await copyFile('/bin/true', path);
  return { path, name };
}

/** What a script printed, line by line. */
function lines(stdout: string): unknown[] {
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));
}

/** The example, where a user would have it. */
async function example(): Promise<string> {
  const folder = await scratch();
  await mkdir(join(folder, 'node_modules/@bpfc'), { recursive: true });
  await symlink(PACKAGE, join(folder, 'node_modules/@bpfc/loader'));
  await copyFile(EXAMPLE, join(folder, 'execsnoop.mjs'));
  return join(folder, 'execsnoop.mjs');
}

describe('the example', () => {
  live('sees a process of a kernel whose BTF is hidden, and ends with Ctrl-C', async () => {
    const { path, name } = await executable();
    const run = await node([await example(), await packForThisKernel('execsnoop')], {
      before: `while kill -0 $$ && sleep 0.1; do ${path} some words; done > /dev/null 2>&1 &`,
      until: 'some words',
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(new RegExp(`^[0-9]+ +[0-9]+ +${name} +${path} some words$`, 'm'));
  });

  live('ends with PACK_NO_MATCH where the pack has no BTF for this kernel', async () => {
    const pack = await packForThisKernel('execsnoop', '5.4.0-other');
    const { status, stdout, stderr } = await node([await example(), pack]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain("code: 'PACK_NO_MATCH'");
    expect(stderr).toContain(currentSystem().release);
  });
});

describe('events', () => {
  const SEE = (path: string) => `
    const program = await loadPack(pack);
    execFileSync(${JSON.stringify(path)}, ['an argument']);
    print(program.explanation.source);
    print(program.maps);
    print(program.programs);`;

  live('of a perf buffer, from the time the program was attached', async () => {
    const { path, name } = await executable();
    const text = `${SEE(path)}
      for await (const event of program.events('events')) if (event.comm === ${JSON.stringify(name)}) { print(event); break; }
      await program.dispose();`;
    const run = await script(await packForThisKernel('execsnoop'), text);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const event = { pid: expect.any(Number), ppid: expect.any(Number), uid: 0, retval: 0, args_count: 2 };
    expect(lines(run.stdout)).toEqual(
      [
        'pack',
        [{ name: 'events', kind: 'perfbuf' }],
        [
          { name: 'tracepoint_sys_enter_execve', section: 'tracepoint/syscalls/sys_enter_execve' },
          { name: 'tracepoint_sys_exit_execve', section: 'tracepoint/syscalls/sys_exit_execve' },
        ],
        { ...event, args_size: path.length + 'an argument'.length + 2, comm: name, args: path },
      ].flat(),
    );
  });

  live('of a ring buffer, by the name of their type', async () => {
    const { path, name } = await executable();
    const text = `${SEE(path)}
      const seen = [];
      for await (const event of program.events('rb', { type: 'struct event' })) {
        if (event.comm === ${JSON.stringify(name)} && seen.push(event) === 2) break;
      }
      seen.forEach(print);
      await program.dispose();`;
    const run = await script(await packForThisKernel('bootstrap'), text);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const [started, ended] = lines(run.stdout).slice(-2);
    const event = { pid: expect.any(Number), ppid: expect.any(Number), exit_code: 0, comm: name };
    expect(started).toEqual({ ...event, duration_ns: '0n', filename: path, exit_event: false });
    expect(ended).toEqual({
      ...event,
      duration_ns: expect.stringMatching(/^[1-9]\d*n$/),
      filename: '',
      exit_event: true,
    });
  });

  live('with the BTF of the kernel in sight nothing is unpacked', async () => {
    const { path, name } = await executable();
    const temporary = await scratch();
    const text = `${SEE(path)}
      print(readdirSync(process.env.TMPDIR));
      for await (const event of program.events('events')) if (event.comm === ${JSON.stringify(name)}) break;
      await program.dispose();`;
    const pack = await packForThisKernel('execsnoop', '5.4.0-other');
    const run = await script(pack, text, { native: true, env: { TMPDIR: temporary } });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(lines(run.stdout)[0]).toBe('native');
    expect(await readdir(temporary)).toEqual([]);
  });

  live('that nobody takes are dropped and counted', async () => {
    const text = `
      const program = await loadPack(pack, { queueBytes: 0 });
      const events = program.events('rb');
      while (events.lost.queue < 2) { execFileSync('/bin/true'); await new Promise((done) => setTimeout(done, 10)); }
      print(events.lost.kernel);
      await program.dispose();`;
    const run = await script(await packForThisKernel('bootstrap'), text);
    expect(run).toMatchObject({ status: 0, stdout: '0\n', stderr: '' });
  });

  live('that the kernel has no room for are counted', async () => {
    const text = `
      const program = await loadPack(pack, { pages: 1 });
      for (let n = 0; n < 200; n++) execFileSync('/bin/true', Array(19).fill('x'.repeat(100)));
      const events = program.events('events');
      for await (const event of events) if (events.lost.kernel > 0) break; else execFileSync('/bin/true');
      print(events.lost.queue);
      await program.dispose();`;
    const run = await script(await packForThisKernel('execsnoop'), text);
    expect(run).toMatchObject({ status: 0, stdout: '0\n', stderr: '' });
  });
});

describe('afterwards', () => {
  live('nothing is attached, loaded or left in a file', async () => {
    const temporary = await scratch();
    const text = `
      const held = () => readdirSync('/proc/self/fd').flatMap((fd) => {
        try { return readlinkSync('/proc/self/fd/' + fd); } catch { return []; }
      }).filter((target) => /bpf|perf_event/.test(target)).length;
      const program = await loadPack(pack);
      print(held() > 0);
      print(readdirSync(process.env.TMPDIR).length);
      const events = program.events('rb');
      await program.dispose();
      await program.dispose();
      print(held());
      let left = 0;
      for await (const event of events) left += 1;
      print((await events.next()).done);`;
    const run = await script(await packForThisKernel('bootstrap'), text, { env: { TMPDIR: temporary } });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(lines(run.stdout)).toEqual([true, 0, 0, true]);
    expect(await readdir(temporary)).toEqual([]);
  });

  live('a process that exits without disposing ends, and leaves no file', async () => {
    const temporary = await scratch();
    const text = `
      import { ensureCoreBtf } from '@bpfc/loader';
      const program = await loadPack(pack);
      program.events('rb').next();
      print(readdirSync(process.env.TMPDIR).length);
      ensureCoreBtf(pack);
      print(readdirSync(process.env.TMPDIR).length);
      process.exit(3);`;
    const run = await script(await packForThisKernel('bootstrap'), text, { env: { TMPDIR: temporary } });
    expect(run).toMatchObject({ status: 3, stdout: '0\n1\n', stderr: '' });
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe('a program that cannot be loaded', () => {
  const failure = async (pack: string, options: Namespace & { load?: string } = {}) => {
    const text = `
      await loadPack(pack, ${options.load ?? '{}'}).then(
        () => print('loaded'),
        ({ name, code, message }) => print([name, code, message]),
      );`;
    const run = await script(pack, text, options);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    return lines(run.stdout);
  };

  live('by the verifier: its text is told', async () => {
    const [name, code, message] = await failure(await packForThisKernel('missing'));
    expect([name, code]).toEqual(['BpfcError', 'LOADER_LOAD']);
    expect(message).toMatch(/the kernel says.*:\n[\s\S]*(invalid func|unknown#|processed \d+ insns)/);
  });

  live('by libbpf: the other byte order', async () => {
    const pack = await packWithoutBtf('execsnoop', 'bpfeb');
    expect((await failure(pack, { native: true }))[1]).toBe('LOADER_OPEN');
  });

  live('by want of rights', async () => {
    const pack = await packForThisKernel('execsnoop');
    const under = ['setpriv', '--reuid', '65534', '--clear-groups'];
    const [, code, message] = await failure(pack, { under, before: `chmod a+rx ${join(pack, '..')}` });
    expect(code).toBe('LOADER_PERMISSION');
    expect(message).toContain('CAP_BPF');
  });

  live('by want of libbpf', async () => {
    const find = 'library=$(ldconfig -p | sed -n "s/.*libbpf.so.1 .*=> //p" | head -n 1)';
    const before = `${find}; mount --bind /dev/null "$(readlink -f "$library")"`;
    const [, code, message] = await failure(await packForThisKernel('execsnoop'), { before });
    expect(code).toBe('LOADER_LIBBPF');
    expect(message).toContain('libbpf1');
  });

  live('by want of a tracepoint to attach to', async () => {
    const before = 'mount -t tmpfs none /sys/kernel/tracing';
    const [, code, message] = await failure(await packForThisKernel('execsnoop'), { before });
    expect(code).toBe('LOADER_ATTACH');
    expect(message).toContain('tracepoint_sys_enter_execve');
  });

  live('of another hash than is wanted', async () => {
    const load = `{ sha256: '${'0'.repeat(64)}' }`;
    expect((await failure(await packForThisKernel('execsnoop'), { load }))[1]).toBe('LOADER_SHA256');
  });

  live('and one of the right hash, in capitals, can', async () => {
    const pack = await packForThisKernel('execsnoop');
    const text = `
      const { sha256, dispose } = await loadPack(pack);
      const program = await loadPack(pack, { sha256: sha256.toUpperCase() });
      print(program.sha256 === sha256);
      process.exit();`;
    expect(await script(pack, text)).toMatchObject({ status: 0, stdout: 'true\n', stderr: '' });
  });
});

live('maps and types that are not there', async () => {
  const text = `
    const program = await loadPack(pack);
    const refused = (read) => { try { read(); return 'read'; } catch ({ code, message }) { return [code, message]; } };
    print(refused(() => program.events('nobody')));
    print(refused(() => program.events('exec_start')));
    print(refused(() => program.events('rb', { type: 'nobody' })));
    const events = program.events('rb');
    print(refused(() => program.events('rb')));
    await events.return();
    print(refused(() => program.events('rb')));
    await program.dispose();`;
  const run = await script(await packForThisKernel('bootstrap'), text);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(lines(run.stdout)).toEqual(
    [
      ['LOADER_MAP', 'no map nobody that carries events; there are: rb'],
      ['LOADER_MAP', 'no map exec_start that carries events; there are: rb'],
      ['LOADER_TYPE', 'the program has no type nobody'],
      ['LOADER_MAP', 'the events of rb are being read already'],
      'read',
    ].flat(),
  );
});
