// wasmer's WASI host, one instance of it for all runs, and the only place where it is called.
import { BpfcError, type WasmModule } from '@bpfc/core/base';
import { type InitOutput, initSync, MemFS, WASI } from '../wasm/host.js';
import { WasiCode } from './error.js';
import { changed, type Files, place } from './files.js';
import type { Modules } from './modules.js';

/** Bytes of memory from which on an instance is not kept: it never gives any back. */
const MOST_KEPT = 64 << 20;

const TRAPPED = 1;

let host: InitOutput | undefined;

/** What a run is given. */
export interface Given {
  args: string[];
  env: Record<string, string>;
  stdin: Uint8Array;
  files: Files;
}

/** What it leaves. */
export interface Left {
  exitCode: number;
  stdout: string;
  stderr: string;
  files: Files;
}

/**
 * Runs the command to its end. A trap is a failed run that leaves no files.
 *
 * @throws BpfcError `WASI_HOST`
 */
export function runOnHost(modules: Modules, given: Given): Left {
  try {
    const started = host ?? initSync(modules.host);
    host = started;
    const left = runCommand(modules.command, given);
    if (started.memory.buffer.byteLength > MOST_KEPT) host = undefined;
    return left;
  } catch (error) {
    host = undefined;
    throw new BpfcError(WasiCode.host, `the WASI host failed: ${String(error)}`, { cause: error });
  }
}

function runCommand(command: WasmModule, { args, env, stdin, files }: Given): Left {
  const placed = new MemFS();
  place(placed, files);
  // This takes `placed`, and hands out another handle of the same files.
  const wasi = new WASI({ args: ['bpfc', ...args], env, preopens: { '/': '/' }, fs: placed });
  const fs = wasi.fs;
  wasi.setStdinBuffer(stdin);
  wasi.instantiate(command, {});
  const { exitCode, trap } = start(wasi);
  const text = new TextDecoder();
  const stdout = text.decode(wasi.getStdoutBuffer());
  const stderr = text.decode(wasi.getStderrBuffer()) + trap;
  const left = { exitCode, stdout, stderr, files: trap ? new Map() : changed(fs, files) };
  fs.free();
  wasi.free();
  return left;
}

/** The command tells of its panics itself and exits. What arrives here stopped it half-way: no memory left, or no stack. */
function start(wasi: WASI): { exitCode: number; trap: string } {
  try {
    return { exitCode: wasi.start(), trap: '' };
  } catch (error) {
    // It may have been the host that failed below the command.
    host = undefined;
    return { exitCode: TRAPPED, trap: `bpfc: INTERNAL: ${reason(error)}\n` };
  }
}

/** The host's text holds the engine's error with its stack, in `JsValue(…)`: its first line. */
function reason(error: unknown): string {
  const [line = ''] = String(error).split('\n');
  return line.replace(/^.*JsValue\(/, '');
}
