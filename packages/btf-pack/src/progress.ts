// The bar on stderr, when somebody watches.
import type { SingleBar } from 'cli-progress';
import { bytesText } from './print.js';

export interface Progress {
  step(): void;
  stop(): void;
}

/** Shows nothing when stderr is not a terminal. */
export async function startProgress(
  total: number,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<Progress> {
  if (!stream.isTTY) return { step: () => {}, stop: () => {} };
  const bar = await newBar(stream, 'trimming {bar} {value}/{total} kernels, {eta_formatted} left');
  bar.start(total, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}

/** The bar of files that arrive. */
export interface Transfer {
  /** So many arrived; negative, where they are given up. */
  bytes(count: number): void;
  file(): void;
  stop(): void;
}

/**
 * Shows nothing when stderr is not a terminal.
 *
 * @param bytes - of all files together, where that is known; else files are counted
 */
export async function startTransfer(
  files: number,
  bytes: number | undefined,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<Transfer> {
  if (!stream.isTTY) return { bytes: () => {}, file: () => {}, stop: () => {} };
  const bar = await newBar(stream, 'fetching {bar} {done}/{files} files, {rate}/s, {eta_formatted} left');
  const started = performance.now();
  let done = 0;
  let arrived = 0;
  const show = () => {
    const rate = bytesText(Math.round((Math.max(0, arrived) * 1000) / (performance.now() - started + 1)));
    bar.update(bytes === undefined ? done : Math.max(0, arrived), { done, files, rate });
  };
  bar.start(bytes ?? files, 0, { done, files, rate: bytesText(0) });
  return {
    bytes: (count) => {
      arrived += count;
      show();
    },
    file: () => {
      done += 1;
      show();
    },
    stop: () => bar.stop(),
  };
}

async function newBar(stream: NodeJS.WriteStream, format: string): Promise<SingleBar> {
  const { SingleBar } = await import('cli-progress');
  return new SingleBar({
    stream,
    format,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    clearOnComplete: true,
    // Nothing of the terminal's state is changed, so a signal has nothing to put back: they are handled in one place.
    linewrap: true,
    gracefulExit: false,
  });
}
