import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';

/** More threads than this only wait for memory. */
const MOST_DEFAULT_JOBS = 8;

/** `--jobs N`, for every command that trims many kernels. */
export function jobsOption(): Option {
  return new Option('--jobs <N>', 'threads to trim with')
    .default(
      Math.min(availableParallelism(), MOST_DEFAULT_JOBS),
      `as many as cores, at most ${MOST_DEFAULT_JOBS}`,
    )
    .argParser((text) => {
      if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text);
      throw new InvalidArgumentError('Expected a number of threads from 1.');
    });
}
