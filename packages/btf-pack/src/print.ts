// The only writers to stdout and stderr.
import { once } from 'node:events';
import { CliCode, ioError } from './errors.js';

/** Whether stdout is for eyes: no colors when it is piped, nor with NO_COLOR. */
export const colored = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** For stdout: what was asked for. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** For stdout, as {@link print}, one of many lines: waits while its reader is slower. */
export async function printLine(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}

/** For stdout, as JSON. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** `1.25 MB`: three digits, units of a thousand, as the summary of a pack has them. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power - 1]}`;
}

const UNITS = ['KB', 'MB', 'GB', 'TB'];

/** `1 kernel`, `2 kernels` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** For stderr: what is to be known beside it. */
export function say(text: string): void {
  process.stderr.write(`btf-pack: ${text}\n`);
}

/** For stderr: why the command failed. */
export function errorLine(code: string, message: string): string {
  return `btf-pack: ${code}: ${message.trimEnd()}\n`;
}

/** A reader that stops reading (`| head`) is no failure: by then the output is in place. */
export function endWhenNotWritten(): void {
  const end = (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    process.exit(1);
  };
  // Where stderr cannot be written to, nobody can be told.
  process.stderr.on('error', end);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      const { code, message } = ioError(CliCode.write, 'stdout', error);
      process.stderr.write(errorLine(code, message));
    }
    end(error);
  });
}
