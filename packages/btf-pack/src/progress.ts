// The bar on stderr, when somebody watches.

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
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    stream,
    format: 'trimming {bar} {value}/{total} kernels, {eta_formatted} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    clearOnComplete: true,
    // Nothing of the terminal's state is changed, so a signal has nothing to put back: they are handled in one place.
    linewrap: true,
    gracefulExit: false,
  });
  bar.start(total, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}
