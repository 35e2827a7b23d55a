// What the tests have in common: packs for the running kernel, and programs run where its BTF is hidden.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPack, parseObject, systemIdentity, Trimmer } from '@bpfc/core';
import { objects } from '@bpfc/fixtures';
import { inNamespace, liveIn, NATIVE } from '@bpfc/fixtures/live';
import { onTestFinished, type TestContext, test } from 'vitest';
import { currentSystem } from '../dist/index.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** A compiled object of packages/fixtures. */
export function object(name: string, target: 'bpfel' | 'bpfeb' = 'bpfel'): Uint8Array {
  return readFileSync(new URL(`${target}/${name}.bpf.o`, objects));
}

/** A folder that goes when the test ends. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loader-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A pack of a fixture with the BTF of the running kernel, which is known as another release when one is given. */
export async function packForThisKernel(name: string, release = currentSystem().release): Promise<string> {
  const system = { ...currentSystem(), release };
  using program = parseObject(object(name));
  using trimmer = new Trimmer([program]);
  const { btf } = trimmer.trim(readFileSync(NATIVE));
  const pack = createPack({
    package: program.packageJson(`${name}.bpf.o`).json,
    entries: [{ identity: systemIdentity(system), bytes: btf }],
    container: 'tar',
  });
  return written(`${name}.tar`, pack);
}

/** A pack of a fixture without any BTF. */
export function packWithoutBtf(name: string, target: 'bpfel' | 'bpfeb' = 'bpfel'): Promise<string> {
  using program = parseObject(object(name, target));
  const { json } = program.packageJson(`${name}.bpf.o`);
  return written(`${name}.tar`, createPack({ package: json, entries: [], container: 'tar' }));
}

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await scratch(), name);
  await writeFile(path, bytes);
  return path;
}

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Namespace {
  /** Leave the kernel's BTF in sight. */
  native?: boolean;
  /** Shell commands to run before. */
  before?: string;
  /** A program that is given the command line to run. */
  under?: readonly string[];
  env?: Record<string, string>;
  /** Ctrl-C, once this text is printed. */
  until?: string;
}

/** Runs Node in a mount namespace of its own, where the kernel's BTF is hidden and there is a tracefs. */
export function node(args: readonly string[], options: Namespace = {}): Promise<Run> {
  const { native = false, before = ':', under = [], until } = options;
  const [command = '', ...rest] = [...inNamespace({ native, before }), ...under, process.execPath, ...args];
  const child = spawn(command, rest, {
    cwd: PACKAGE,
    env: { ...process.env, BTF_FILE_PATH: '', BPFC_OS_RELEASE: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (until !== undefined && !child.killed && stdout.includes(until)) child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** {@link node} for a script, whose `PACK` is the path of a pack. */
export function script(pack: string, text: string, options: Namespace = {}): Promise<Run> {
  const head = `
    import { execFileSync } from 'node:child_process';
    import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
    import { loadPack } from '@bpfc/loader';
    const pack = readFileSync(${JSON.stringify(pack)});
    const print = (value) => console.log(JSON.stringify(value, (_, value) => typeof value === 'bigint' ? value + 'n' : value));`;
  return node(['--input-type=module', '--eval', head + text], options);
}

/** A test that loads programs into the running kernel. */
export const live = liveIn<TestContext>(test);
