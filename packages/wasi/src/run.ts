import { BpfcError, type Bytes, CoreCode, toBytes } from '@bpfc/core/base';
import { rooted } from './files.js';
import { runOnHost } from './host.js';
import { modules } from './modules.js';

export interface RunOptions {
  /** What the command finds: bytes by path. It starts in the root, so `a/b` and `/a/b` are the same file. */
  files?: Readonly<Record<string, Bytes>>;
  /** What it reads from its standard input; nothing by default. */
  stdin?: Bytes | string;
  /** Its environment variables; none by default, whatever those of this process are. */
  env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  /** 0 done, 1 failed with `bpfc: CODE: text` on `stderr`, 2 the command line is wrong. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The files that are new or have other bytes now, by path, without a leading `/`. */
  files: Record<string, Uint8Array>;
}

/**
 * Runs `bpfc` with these arguments on these files, in memory. It computes in the calling thread, without a pause.
 *
 * Whatever the command does is a result, a crash too (exit code 1, `INTERNAL`); errors are about the run itself. Each run
 * has a file system of its own, so runs started together do not see each other. Folders cannot be listed: files are named one by one.
 *
 * @param args - as after `bpfc` in a shell: `['trim', 'vmlinux.btf', 'small.btf', 'tool.bpf.o']`
 * @throws BpfcError `ARG_TYPE`, `WASI_PATH`, `WASI_HOST`, `CORE_LOAD`; `CORE_NOT_READY` in the slim entry
 *
 * @example
 * const { exitCode, stderr, files } = await run(['trim', 'vmlinux.btf', 'small.btf', 'tool.bpf.o'], {
 *   files: { 'vmlinux.btf': kernel, 'tool.bpf.o': program },
 * });
 * if (exitCode !== 0) throw new Error(stderr);
 * const trimmed = files['small.btf'];
 */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { files = {}, stdin = '', env = {} } = options;
  for (const text of [...args, ...Object.values(env)]) {
    if (typeof text !== 'string') {
      throw new BpfcError(CoreCode.argument, `expected a string, got ${typeof text}`);
    }
  }
  const given = {
    args: [...args],
    env: { ...env },
    stdin: typeof stdin === 'string' ? new TextEncoder().encode(stdin) : toBytes(stdin),
    files: rooted(Object.entries(files).map(([path, bytes]) => [path, toBytes(bytes)])),
  };
  const left = runOnHost(await modules(), given);
  return { ...left, files: Object.fromEntries(left.files) };
}
