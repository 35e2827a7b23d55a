// What is at the output's path when `pack` is killed, or when the disk is full or read-only: the old pack or the new.
import { chmod, copyFile, cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { MOUNTS, ROOT, UNSHARE } from './mounts.js';
import {
  btfPack,
  kernelEnding,
  object,
  oneKernel,
  type Run,
  type RunOptions,
  scratch,
  snapshot,
} from './support.js';

/** Their packs differ: that of the first is the old one. */
const [OLD, NEW] = ['fields', 'execsnoop'] as const;

/** Kernels that are read in no time: an object's own types are a kernel's as far as a program can tell. */
async function smallKernels(count: number): Promise<string> {
  const folder = await scratch();
  await mkdir(join(folder, 'a/1/x86_64'), { recursive: true });
  for (let n = 0; n < count; n++) {
    await copyFile(object('bootstrap'), join(folder, `a/1/x86_64/${n}.btf`));
  }
  return folder;
}

/** Packs a program into `out`, a file or folder that is alone in its folder. */
async function packer(form: string, from: string) {
  const folder = await scratch();
  const out = join(folder, form);
  const pack = (program: string, more: readonly string[] = [], options: RunOptions = {}): Promise<Run> =>
    btfPack(['pack', object(program), '--from', from, ...more, '-o', out], options);
  return { folder, out, pack };
}

/** Packs both, the old one last; what is at the path then, how to get the old one back, and the time of the faster run. */
async function packBoth({ folder, out, pack }: Awaited<ReturnType<typeof packer>>) {
  const packs: Record<string, string>[] = [];
  let took = Number.POSITIVE_INFINITY;
  for (const program of [NEW, OLD]) {
    const started = performance.now();
    expect(await pack(program)).toMatchObject({ status: 0, stderr: '' });
    took = Math.min(took, performance.now() - started);
    packs.unshift(await snapshot(out));
    expect(await readdir(folder)).toEqual([basename(out)]);
  }
  const [old = {}, latest = {}] = packs;
  expect(old).not.toEqual(latest);
  const copy = join(await scratch(), 'copy');
  await cp(out, copy, { recursive: true });
  const restore = async () => {
    await rm(out, { recursive: true, force: true });
    await cp(copy, out, { recursive: true });
    expect(await snapshot(out)).toEqual(old);
  };
  return { packs: { [OLD]: old, [NEW]: latest }, took, restore };
}

const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b);

describe.each(['out.tar.gz', 'out/'])('-o %s', (form) => {
  test.each([
    ['SIGKILL', 30],
    ['SIGINT', 5],
    ['SIGTERM', 5],
  ] as const)('stopped by %s at %i random moments it leaves the old or the new', async (signal, moments) => {
    const from = await smallKernels(3);
    await writeFile(join(from, `a/1/x86_64/real${kernelEnding}`), await oneKernel());
    const place = await packer(form, from);
    const both = await packBoth(place);
    const { packs } = both;
    let { took } = both;
    let [there, next]: [keyof typeof packs, keyof typeof packs] = [OLD, NEW];
    const seen = { stopped: 0, old: 0 };
    for (let n = 0; n < moments; n++) {
      const moment = ((n + Math.random()) / moments) * took;
      const said = `${signal} after ${moment} of ${took} ms`;
      const meanwhile: RunOptions['meanwhile'] = async (child) => {
        await sleep(moment);
        child.kill(signal);
      };
      const run = await place.pack(next, [], { meanwhile });
      const now = await snapshot(place.out);
      expect([packs[there], packs[next]], said).toContainEqual(now);
      if (run.signal === signal) seen.stopped += 1;
      // It was faster than those that were measured.
      else took = Math.min(took, moment);
      let landed = same(now, packs[next]);
      if (!landed) seen.old += 1;
      if (signal === 'SIGKILL' && (await readdir(place.folder)).length > 1) {
        expect(await place.pack(next), said).toMatchObject({ status: 0 });
        expect(await snapshot(place.out), said).toEqual(packs[next]);
        landed = true;
      }
      expect(await readdir(place.folder), said).toEqual([basename(place.out)]);
      if (landed) [there, next] = [next, there];
    }
    expect(seen.stopped).toBeGreaterThanOrEqual(moments / 3);
    expect(seen.old).toBeGreaterThanOrEqual(moments / 6);
  });

  test('killed before any step of its commit it leaves the old or the new, and the next run begins by tidying', async () => {
    const place = await packer(form, await smallKernels(2));
    const { packs, restore } = await packBoth(place);
    const seen = { old: 0, new: 0, nothing: 0, leftovers: 0 };
    for (let step = 1; ; step++) {
      const run = await place.pack(NEW, [], stopBefore(step, 'SIGKILL'));
      if (run.signal === null) break;
      const now = await snapshot(place.out);
      const isNew = same(now, packs[NEW]);
      seen[isNew ? 'new' : same(now, {}) ? 'nothing' : 'old'] += 1;
      if ((await readdir(place.folder)).some((name) => name !== basename(place.out))) seen.leftovers += 1;
      // The next run need not succeed.
      expect((await place.pack(NEW, ['--max-size', '1'])).stderr).toMatch(/^btf-pack: PACK_SIZE: /);
      expect(await snapshot(place.out), `step ${step}`).toEqual(packs[isNew ? NEW : OLD]);
      expect(await readdir(place.folder), `step ${step}`).toEqual([basename(place.out)]);
      await restore();
    }
    expect(seen.old).toBeGreaterThan(2);
    expect(seen.new).toBeGreaterThan(0);
    expect(seen.leftovers).toBeGreaterThan(1);
    // A folder cannot be renamed over: between the two renames there is none, until the next run.
    expect(seen.nothing).toBe(form === 'out/' ? 1 : 0);
  });

  test('stopped by a signal before any step of its commit it leaves the old or the new, and nothing else', async () => {
    const place = await packer(form, await smallKernels(2));
    const { packs, restore } = await packBoth(place);
    let step = 1;
    for (; ; step++) {
      const run = await place.pack(NEW, [], stopBefore(step, 'SIGTERM'));
      if (run.signal === null) break;
      expect([packs[OLD], packs[NEW]], `step ${step}`).toContainEqual(await snapshot(place.out));
      expect(await readdir(place.folder), `step ${step}`).toEqual([basename(place.out)]);
      await restore();
    }
    expect(step).toBeGreaterThan(4);
  });
});

/** See stop-before.mjs. */
function stopBefore(step: number, signal: NodeJS.Signals): RunOptions {
  const preload = new URL('stop-before.mjs', import.meta.url).href;
  return { env: { NODE_OPTIONS: `--import=${preload}`, STOP_BEFORE: String(step), STOP_SIGNAL: signal } };
}

/** Mounts a small disk with the old files, runs what is given, and copies the files that are there then. */
const ON_DISK = `
  old=$1 disk=$2 after=$3 then=$4; shift 4
  mount -t tmpfs -o size=16k tmpfs "$disk"
  cp -a "$old/." "$disk"
  mount -o "remount,$then" "$disk"
  status=0; "$@" || status=$?
  cp -a "$disk/." "$after"
  exit $status
`;

interface OnDisk {
  run: Run;
  /** What is on the disk, without the permissions of its top. */
  before: Record<string, string>;
  after: Record<string, string>;
}

/** Packs into `out` on a disk of 16 KB, which is then writable or not. */
async function packOnDisk(then: 'rw' | 'ro', out: string, from: string, withOld: boolean): Promise<OnDisk> {
  const [old, disk, after] = [await scratch(), await scratch(), await scratch()];
  if (withOld) {
    const args = ['pack', object(OLD), '--from', await smallKernels(1), '-o', join(old, out)];
    expect(await btfPack(args)).toMatchObject({ status: 0, stderr: '' });
  }
  const under = [...UNSHARE, 'sh', '-euc', ON_DISK, 'sh', old, disk, after, then];
  const run = await btfPack(['pack', '--strict', object(NEW), '--from', from, '-o', join(disk, out)], {
    under,
  });
  run.stderr = run.stderr.replace(disk, 'DISK');
  const [{ './': _old, ...before }, { './': _after, ...now }] = [await snapshot(old), await snapshot(after)];
  return { run, before, after: now };
}

describe('a disk that is full', () => {
  const cases = ['out.tar', 'out/'].flatMap((out) => [
    [out, 'an old pack', true] as const,
    [out, 'nothing', false] as const,
  ]);

  test.each(MOUNTS ? cases : [])('is IO_WRITE, and for %s leaves %s', async (out, _, withOld) => {
    const { run, before, after } = await packOnDisk('rw', out, await smallKernels(30), withOld);
    expect(run).toEqual({
      status: 1,
      signal: null,
      stdout: '',
      stderr: `btf-pack: IO_WRITE: DISK/${out}: no space left on the device\n`,
    });
    expect(Object.keys(before).length > 0).toBe(withOld);
    expect(after).toEqual(before);
  });

  test('is IO_WRITE for a device, which stays', async () => {
    const { folder, out, pack } = await packer('out.tar', await smallKernels(1));
    await symlink('/dev/full', out);
    expect(await pack(NEW)).toEqual({
      status: 1,
      signal: null,
      stdout: '',
      stderr: `btf-pack: IO_WRITE: ${out}: no space left on the device\n`,
    });
    expect(await readdir(folder)).toEqual(['out.tar']);
  });

  test.each(['out.tar', 'out/'])('or another limit that is met midway leaves the old %s', async (form) => {
    const place = await packer(form, await smallKernels(30));
    const { packs } = await packBoth(place);
    const run = await place.pack(NEW, [], { under: ['sh', '-c', 'ulimit -f 4; exec "$@"', 'sh'] });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^btf-pack: IO_WRITE: .*: EFBIG: file too large/);
    expect(await snapshot(place.out)).toEqual(packs[OLD]);
    expect(await readdir(place.folder)).toEqual([basename(place.out)]);
  });
});

describe('a read-only place', () => {
  /** With --strict trimming these fails, so what is said was found before. */
  async function brokenKernels(): Promise<string> {
    const from = await smallKernels(1);
    await writeFile(join(from, 'a/1/x86_64/broken.btf'), 'not BTF');
    return from;
  }

  const cases = ['out.tar.gz', 'out/'].flatMap((out) => [
    [out, 'replaced', true] as const,
    [out, 'made', false] as const,
  ]);

  test.each(MOUNTS ? cases : [])(
    'is IO_WRITE before anything is trimmed: %s cannot be %s',
    async (out, _, withOld) => {
      const { run, before, after } = await packOnDisk('ro', out, await brokenKernels(), withOld);
      expect(run).toEqual({
        status: 1,
        signal: null,
        stdout: '',
        stderr: `btf-pack: IO_WRITE: DISK/${out}: the file system is read-only\n`,
      });
      expect(after).toEqual(before);
    },
  );

  const missing = ['missing/out.tar', 'missing/out/'];
  test.each(MOUNTS ? missing : [])('where the folder is missing too: %s', async (out) => {
    const { run, after } = await packOnDisk('ro', out, await brokenKernels(), false);
    expect(run.stderr).toBe(`btf-pack: IO_WRITE: DISK/${out}: no such file or folder\n`);
    expect(after).toEqual({});
  });

  test.each(['out.tar', 'out/'])(
    'by permissions is IO_WRITE before anything is trimmed: %s',
    async (form) => {
      const { folder, out, pack } = await packer(form, await brokenKernels());
      await chmod(folder, 0o555);
      // Permissions bind root only without its capabilities.
      const under = ROOT ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];
      const run = await pack(NEW, ['--strict'], { under });
      expect(run).toMatchObject({ status: 1, stderr: `btf-pack: IO_WRITE: ${out}: permission denied\n` });
      expect(await readdir(folder)).toEqual([]);
    },
  );
});
