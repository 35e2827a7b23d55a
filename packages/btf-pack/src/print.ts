// The only writers to stdout and stderr.
import pc from 'picocolors';

/** Colors for stdout: none when it is piped, nor with NO_COLOR. */
export const colors = pc.createColors(Boolean(process.stdout.isTTY) && pc.isColorSupported);

/** For stdout: what was asked for. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
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
