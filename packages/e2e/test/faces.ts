// The faces of the commands: `btf-pack` in Node, and what has to be the same.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What a run does to the world. */
export interface Outcome {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** What it has written, as hexadecimal, by path in its folder. */
  files: Record<string, string>;
}

/** Runs a command line in an empty folder; its paths are absolute but for those of outputs. */
export type Face = (args: readonly string[]) => Promise<Outcome>;

/** `CARGO_TARGET_DIR`, or cargo's default. */
const target = process.env.CARGO_TARGET_DIR ?? here('../../../target');

/** The command that everything is held against. */
export const btfPack: Face = (args) =>
  run('btf-pack', [process.execPath, here('../../btf-pack/dist/cli.js'), ...args]);

/** By name, those that have to do the same. */
export const faces: Record<string, Face> = {
  bpfc: (args) => run('bpfc', [join(target, 'release/bpfc'), ...args]),
};

async function run(name: string, [command = '', ...args]: readonly string[]): Promise<Outcome> {
  const cwd = await mkdtemp(join(tmpdir(), 'bpfc-face-'));
  try {
    const child = spawn(command, args, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    const text = (stream: NodeJS.ReadableStream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      return () => plain(Buffer.concat(chunks).toString('utf8'), name, cwd);
    };
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { exitCode, stdout: stdout(), stderr: stderr(), files: await filesIn(cwd) };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Away from caches and colors of whoever runs the tests. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, BTFHUB_CACHE: '/nonexistent/cache', NO_COLOR: '1' };
}

/** Without what differs from run to run: the program's name, its folder, the time. */
function plain(text: string, name: string, cwd: string): string {
  return text
    .replaceAll(cwd, '.')
    .replace(new RegExp(`^${name}: `, 'gm'), 'COMMAND: ')
    .replace(/"milliseconds": \d+/, '"milliseconds": 0')
    .replace(/^(time +)\d+\.\d\d s/m, '$10.00 s');
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files[path.slice(folder.length)] = (await readFile(path)).toString('hex');
  }
  return files;
}
