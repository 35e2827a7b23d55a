// Events as a table that grows at its end.
import type { EventRecord, EventValue, LoadedProgram, Lost } from '@bpfc/loader';
import { say } from './print.js';

/** Characters of a column of numbers at least: the largest process id has seven. */
const NUMBER_WIDTH = 7;
/** Characters of a column of text at least: `comm` has up to 15. */
const TEXT_WIDTH = 16;

/** Characters of `12:34:56`. */
const TIME_WIDTH = 8;

interface Column {
  title: string;
  width: number;
  number: boolean;
}

export class EventTable {
  #map: string | undefined;
  #columns: Column[] = [];

  /** @param named - say which map events are of: there are several */
  constructor(private readonly named: boolean) {}

  /** What is running, before the events. */
  heading({ sha256, programs, explanation }: LoadedProgram): string {
    const { source, path, key, step } = explanation;
    const btf = source === 'pack' ? `${key} of the pack, by the step ${step}` : (path ?? key);
    const rows = [
      ['program', `SHA-256 ${sha256}`],
      ...programs.map(({ name, section }) => ['attached', `${printable(name)}, ${printable(section)}`]),
      ['BTF', `${printable(btf ?? '')}${source === 'native' ? ", the kernel's own" : ''}`],
    ];
    return `${rows.map(([what = '', text]) => `${what.padEnd(10)}${text}`).join('\n')}\n`;
  }

  /** One line, and before it the names of the columns where they change. */
  event(map: string, event: EventValue): string {
    const members = isStruct(event) ? event : { value: event };
    const lines: string[] = [];
    if (this.#map !== map) {
      this.#map = map;
      this.#columns = Object.entries(members).map(([name, value]) => column(name, value));
      const titles = this.#columns.map(({ title }) => title);
      if (this.named) lines.push(`${printable(map)}:`);
      lines.push(this.#line('TIME', titles));
    }
    const time = new Date().toTimeString().slice(0, TIME_WIDTH);
    lines.push(this.#line(time, Object.values(members).map(cell)));
    return lines.join('\n');
  }

  lost(map: string, { kernel, queue }: Lost): void {
    const where = `${kernel} in the kernel, ${queue} waiting to be printed`;
    say(`${printable(map)}: lost ${kernel + queue} events so far: ${where}`);
  }

  #line(time: string, cells: readonly string[]): string {
    const padded = cells.map((text, index) => {
      const { width = 0, number = false } = this.#columns[index] ?? {};
      return number ? text.padStart(width) : text.padEnd(width);
    });
    return [time.padEnd(TIME_WIDTH), ...padded].join('  ').trimEnd();
  }
}

/** Not every type of events is one. */
function isStruct(event: EventValue): event is EventRecord {
  return typeof event === 'object' && !Array.isArray(event) && !ArrayBuffer.isView(event);
}

function column(name: string, value: EventValue): Column {
  const number = typeof value === 'number' || typeof value === 'bigint';
  const title = printable(name.toUpperCase());
  const least = number ? NUMBER_WIDTH : typeof value === 'boolean' ? 'false'.length : TEXT_WIDTH;
  return { title, number, width: Math.max(title.length, least) };
}

function cell(value: EventValue): string {
  return printable(typeof value === 'object' ? JSON.stringify(value, withBigints) : String(value));
}

/** For JSON: 64-bit integers as decimal strings. */
export function withBigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** What comes from programs and processes must not steer the terminal. */
function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
