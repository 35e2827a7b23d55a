// One command line on the same files, natively and in WASI.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objects } from '@bpfc/fixtures';
import { type RunResult, run } from '../dist/node.js';

/** A file of the repository, seen from here. */
export const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const ARCHIVE = process.env.BPFC_ARCHIVE ?? here('../../../../shared/btfhub-archive');

if (process.env.BPFC_ARCHIVE !== undefined && !existsSync(ARCHIVE)) {
  throw new Error(`BPFC_ARCHIVE=${ARCHIVE}: no such folder`);
}

/** The native command, as set-up builds it. */
const BPFC = join(process.env.CARGO_TARGET_DIR ?? here('../../../target'), 'release', 'bpfc');

export type Files = Record<string, Uint8Array>;

/** The paths of all objects, `bpfel/NAME.bpf.o` and `bpfeb/NAME.bpf.o`. */
export const programs = readdirSync(objects, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.bpf.o'))
  .sort();

export const programFiles: Files = Object.fromEntries(
  programs.map((file) => [file, new Uint8Array(readFileSync(new URL(file, objects)))]),
);

/** One kernel of each distribution, version and architecture of the archive, or the running one. */
export const kernelFiles: Files = oneOfEachSeries();

export const kernels = Object.keys(kernelFiles);

/** Some kernel; of this machine's byte order, as are most programs. */
export const [kernel = ''] = kernels;

function oneOfEachSeries(): Files {
  if (!existsSync(ARCHIVE)) return { 'running.btf': readFileSync('/sys/kernel/btf/vmlinux') };
  const files = readdirSync(ARCHIVE, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.btf(\.tar\.xz)?$/.test(file))
    .sort();
  const series = new Map(files.reverse().map((file) => [dirname(file), file]));
  const chosen = [...series.values()].sort();
  return Object.fromEntries(chosen.map((file) => [file, new Uint8Array(readFileSync(join(ARCHIVE, file)))]));
}

/** The module's run, without the time it took. */
export async function inWasi(args: readonly string[], files: Files): Promise<RunResult> {
  return timeless(await run(args, { files }));
}

/** The same of the native command. */
export function native(args: readonly string[], files: Files): Promise<RunResult> {
  return inFolder(BPFC, args, files, {});
}

/** The same of a program, in a folder that holds these files alone. */
export async function inFolder(
  program: string,
  args: readonly string[],
  files: Files,
  env: NodeJS.ProcessEnv,
): Promise<RunResult> {
  const cwd = await mkdtemp(join(tmpdir(), 'bpfc-native-'));
  try {
    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(cwd, path)), { recursive: true });
      await writeFile(join(cwd, path), bytes);
    }
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    const left = await filesIn(cwd);
    for (const [path, bytes] of Object.entries(files)) {
      const after = left[path];
      if (after && Buffer.from(bytes).equals(after)) delete left[path];
    }
    return timeless({ exitCode, stdout: stdout(), stderr: stderr(), files: left });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

async function filesIn(folder: string): Promise<Files> {
  const files: Files = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files[path.slice(folder.length + 1)] = new Uint8Array(await readFile(path));
  }
  return files;
}

function timeless(result: RunResult): RunResult {
  const stdout = result.stdout
    .replace(/"milliseconds": \d+/, '"milliseconds": 0')
    .replace(/^(time +)\d+\.\d\d s/m, '$10.00 s');
  return { ...result, stdout };
}
