// What the tests have in common: the built command line, kernels to run it on, a folder of one's own.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PackSummary } from '@bpfc/core/command';
import { objects } from '@bpfc/fixtures';
import { list } from 'tar';
import { expect, onTestFinished } from 'vitest';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const CLI = here('../dist/cli.js');

const ARCHIVE = process.env.BPFC_ARCHIVE ?? here('../../../../shared/btfhub-archive');

if (process.env.BPFC_ARCHIVE !== undefined && !existsSync(ARCHIVE)) {
  throw new Error(`BPFC_ARCHIVE=${ARCHIVE}: no such folder`);
}

/** Real kernels: an archive in BTFHub's layout, or, where there is none, the running kernel. */
export const kernels = existsSync(ARCHIVE)
  ? { from: ARCHIVE, archive: true }
  : { from: '/sys/kernel/btf/vmlinux', archive: false };

/** A compiled object of packages/fixtures. */
export function object(name: string, target: 'bpfel' | 'bpfeb' = 'bpfel'): string {
  return fileURLToPath(new URL(`${target}/${name}.bpf.o`, objects));
}

export interface Run {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** A program that is given the command line to run. */
  under?: readonly string[];
  /** Called with the running process, to stop it; `printed` waits until a text is on stdout, or the process has ended. */
  meanwhile?: (child: {
    kill(signal: NodeJS.Signals): boolean;
    printed(text: string): Promise<void>;
  }) => Promise<void>;
}

/** Runs the built command line, away from the caches and colors of whoever runs the tests. */
export async function btfPack(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { BTFHUB_CACHE: _cache, BTFHUB_REPO: _repository, ...inherited } = process.env;
  const [program = process.execPath, ...rest] = [...(options.under ?? []), process.execPath, CLI, ...args];
  const child = spawn(program, rest, {
    cwd: options.cwd ?? tmpdir(),
    env: { ...inherited, NO_COLOR: '1', HOME: '/nonexistent', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise<Run>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  const printed = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (stdout.includes(text)) resolve();
      };
      child.stdout.on('data', look).once('close', resolve);
      look();
    });
  await options.meanwhile?.({ kill: (signal) => child.kill(signal), printed });
  return closed;
}

/** A folder that goes when the test ends. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'btf-pack-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A few kernels of {@link kernels}, as arguments: enough for rules that do not depend on which. */
export const fewKernels = kernels.archive
  ? ['--from', kernels.from, '--kernels', 'debian/12/*']
  : ['--from', kernels.from];

/** One real kernel's BTF, in whatever form it is there. */
export async function oneKernel(): Promise<Uint8Array> {
  if (!kernels.archive) return readFile(kernels.from);
  const files = await readdir(kernels.from, { recursive: true });
  const file = files.find((name) => name.endsWith('-amd64.btf.tar.xz'));
  if (!file) throw new Error(`${kernels.from}: no Debian kernel in it`);
  return readFile(join(kernels.from, file));
}

/** The ending that names the form of {@link oneKernel}. */
export const kernelEnding = kernels.archive ? '.btf.tar.xz' : '.btf';

/** Runs `pack --json`, which has to succeed without a word on stderr. */
export async function packJson(args: readonly string[], options: RunOptions = {}): Promise<PackSummary> {
  const run = await btfPack(['pack', '--json', ...args], options);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(run.stdout);
}

/** What is at a path: permissions and digests, by path; no entry where there is nothing. */
export async function snapshot(path: string, at = '.'): Promise<Record<string, string>> {
  if (!existsSync(path)) return {};
  const there = await lstat(path);
  const mode = (there.mode & 0o7777).toString(8);
  if (!there.isDirectory()) {
    return {
      [at]: `${mode} ${createHash('sha256')
        .update(await readFile(path))
        .digest('hex')}`,
    };
  }
  const inside = { [`${at}/`]: mode };
  for (const name of await readdir(path)) {
    Object.assign(inside, await snapshot(join(path, name), `${at}/${name}`));
  }
  return inside;
}

/** The files in a tar, plain or gzip, by name, in order. */
export async function filesInTar(path: string): Promise<Map<string, Uint8Array>> {
  const reading: Promise<[name: string, content: Uint8Array]>[] = [];
  await list({
    file: path,
    strict: true,
    onReadEntry: (entry) => {
      reading.push(entry.concat().then((content) => [entry.path, content]));
    },
  });
  return new Map(await Promise.all(reading));
}
