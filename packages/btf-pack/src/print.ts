// The only writers to stdout and stderr.

/** Whether stdout is for eyes: no colors when it is piped, nor with NO_COLOR. */
export const colored = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** For stdout: what was asked for. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** For stdout, as JSON. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** For stderr: what is to be known beside it. */
export function say(text: string): void {
  process.stderr.write(`btf-pack: ${text}\n`);
}

/** A reader that stops reading (`| head`) is no failure: by then the output is in place. */
export function endQuietlyWhenNobodyReads(): void {
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}
