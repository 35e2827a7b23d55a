import { readFile } from 'node:fs/promises';
import { openPack } from '@bpfc/core';
import type { Events, EventValue, LoadedProgram, Lost } from '@bpfc/loader';
import { type Command, InvalidArgumentError } from 'commander';
import { CliCode, inFile, io } from '../errors.js';
import { EventTable, withBigints } from '../event-table.js';
import { print, printLine } from '../print.js';

interface Options {
  json?: boolean;
  sha256?: string;
  nearest?: boolean;
  type?: string;
  events?: number;
  duration?: number;
}

/** Milliseconds between two looks at how many events were lost. */
const LOST_EVERY = 1000;

const AFTER = `
Takes the rights to load eBPF (root, or CAP_BPF and CAP_PERFMON), libbpf.so.1 (libbpf1 of Debian and Ubuntu) and the npm
package koffi. The kernel's own BTF goes first, then the pack's for this kernel; BTF_FILE_PATH names another.

Ctrl-C ends it, with exit status 0. With --json each line has one of "loaded", "event" and "lost", the last two with their
"map"; integers of 64 bits are strings.

Examples:
  btf-pack run execsnoop.tar
  btf-pack run execsnoop.tar --json --duration 10 | jq .event.comm
  btf-pack run execsnoop.tar --sha256 $(sha256sum execsnoop.bpf.o | cut -d ' ' -f 1)
`;

export function addRun(program: Command): void {
  program
    .command('run')
    .description("load a pack's program into this kernel, and print its events")
    .argument('<PACK>', 'a pack with a program: .tar or .tar.gz')
    .option('--json', 'print events as JSON, one a line')
    .option('--sha256 <H>', 'refuse any other program: of the object, in hexadecimal', sha256)
    .option('--nearest', 'take the BTF of the nearest release where there is no other')
    .option('--type <T>', 'type of the events (default: what package.json exports)')
    .option('--events <N>', 'end after so many events', count)
    .option('--duration <S>', 'end after so many seconds', count)
    .addHelpText('after', AFTER)
    .action(run);
}

function sha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError('Expected 64 hexadecimal digits.');
}

function count(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 1 to 999999.');
}

async function run(
  path: string,
  { json = false, sha256, nearest, type, events = Number.POSITIVE_INFINITY, duration }: Options,
): Promise<void> {
  const bytes = await io(CliCode.read, path, () => readFile(path));
  using pack = inFile(path, () => openPack(bytes));
  const stop = stopSignal();
  // koffi and libbpf are of no concern to other commands.
  const { loadPack } = await import('@bpfc/loader');
  await using program = await loadPack(pack, { sha256, nearest });
  const readers = program.maps.map(({ name }) => ({
    map: name,
    events: program.events<EventValue>(name, { type }),
  }));
  const output = json ? new JsonLines() : new EventTable(readers.length > 1);
  await printLine(output.heading(program));

  if (duration !== undefined) setTimeout(() => stop.abort(), duration * 1000).unref();
  let left = events;
  const printed = readers.map(async ({ map, events }) => {
    for await (const event of events) {
      // Who stops does not want what still waits.
      if (stop.signal.aborted) break;
      left -= 1;
      await printLine(output.event(map, event));
      if (left === 0) stop.abort();
    }
  });
  const watch = setInterval(() => tellLost(readers, output), LOST_EVERY);
  try {
    await Promise.all([...printed, stopped(stop.signal).then(() => program.dispose())]);
  } finally {
    clearInterval(watch);
    tellLost(readers, output);
  }
}

/** Aborted by Ctrl-C and the like; a second one ends the process at once. */
function stopSignal(): AbortController {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, abort);
  return stop;
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}

interface Reader {
  map: string;
  events: Events<EventValue>;
  /** Lost events that were told. */
  told?: number;
}

function tellLost(readers: Reader[], output: JsonLines | EventTable): void {
  for (const reader of readers) {
    const { map, events } = reader;
    const { kernel, queue } = events.lost;
    if (kernel + queue > (reader.told ?? 0)) output.lost(map, events.lost);
    reader.told = kernel + queue;
  }
}

/** Each line is an object of one member. */
class JsonLines {
  heading({ sha256, programs, maps, explanation }: LoadedProgram): string {
    return JSON.stringify({ loaded: { sha256, programs, maps, btf: explanation } });
  }

  event(map: string, event: EventValue): string {
    return JSON.stringify({ event, map }, withBigints);
  }

  lost(map: string, lost: Lost): void {
    print(JSON.stringify({ lost, map }));
  }
}
