// What was typed and printed, and the files that came of it: kept while the reader looks at other views.
import { computed, signal } from '@preact/signals';
import { connect } from '../../engine/connect.js';
import { failureOf, PageCode } from '../../engine/failure.js';
import { files } from '../../workspace/files.js';
import type { Runner } from './console-worker.js';
import { parseLine } from './words.js';

export interface Entry {
  line: string;
  stdout: string;
  stderr: string;
  /** Undefined while it runs. */
  exitCode: number | undefined;
  written: readonly string[];
}

export const entries = signal<readonly Entry[]>([]);
/** Files that commands wrote, by path. */
export const written = signal<ReadonlyMap<string, Blob>>(new Map());

/** What a command can name: the open files, and those that were written. */
export const available = computed(
  () =>
    new Map<string, Blob>([...files.value.map(({ name, blob }) => [name, blob] as const), ...written.value]),
);

const runner = connect<Runner>(
  () => new Worker(new URL('./console-worker.ts', import.meta.url), { type: 'module', name: 'console' }),
);

/** Starts loading the command. */
export const prepare = runner.begin;

/** Counts lines: what a stopped one still says is not heard. */
let turn = 0;

/** Ends the command that runs: it computes without a pause, so its Worker goes with it. */
export function interrupt(): void {
  turn++;
  runner.end();
  settle({ stderr: 'bpfc: interrupted\n', exitCode: 130 });
}

export function clear(): void {
  entries.value = entries.value.filter(({ exitCode }) => exitCode === undefined);
}

/** Runs a line; `bpfc` before it is understood. */
export async function runLine(line: string): Promise<void> {
  entries.value = [...entries.value, { line, stdout: '', stderr: '', exitCode: undefined, written: [] }];
  const mine = ++turn;
  try {
    const { words, into } = parseLine(line, [...available.value.keys()]);
    const args = words[0] === 'bpfc' || words[0] === 'btf-pack' ? words.slice(1) : words;
    const { exitCode, stdout, stderr, files } = await runner.ask.run(args, available.value);
    if (mine !== turn) return;
    const made = Object.entries(files).map(([name, bytes]) => [name, new Blob([bytes as BlobPart])] as const);
    if (into !== undefined && exitCode === 0) made.push([into, new Blob([stdout])]);
    written.value = new Map([...written.value, ...made]);
    const shown = into === undefined || exitCode !== 0 ? stdout : '';
    settle({ exitCode, stdout: shown, stderr, written: made.map(([name]) => name) });
  } catch (error) {
    if (mine !== turn) return;
    const { code, message } = failureOf(error);
    settle({ exitCode: 2, stderr: code === PageCode.internal ? `${message}\n` : `${code}: ${message}\n` });
  }
}

/** Fills in the entry that runs. */
function settle(end: Partial<Entry>): void {
  entries.value = entries.value.map((entry) => (entry.exitCode === undefined ? { ...entry, ...end } : entry));
}
