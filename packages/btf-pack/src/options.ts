import { defaultJobs } from '@bpfc/core/pool';
import { InvalidArgumentError, Option } from 'commander';

/** `--jobs N`, for every command that trims many kernels. */
export function jobsOption(): Option {
  return new Option('--jobs <N>', 'threads to trim with')
    .default(defaultJobs(), 'as many as cores, at most 8')
    .argParser(countOf('threads', 9999));
}

/** `--jobs N`, for commands that fetch. */
export function jobsOfFetch(): Option {
  return new Option('--jobs <N>', 'files to fetch at a time').default(4).argParser(countOf('files', 64));
}

function countOf(what: string, most: number): (text: string) => number {
  return (text) => {
    if (/^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`Expected a number of ${what} from 1.`);
  };
}

/** `--btf-compat`, for every command that writes trimmed BTF. */
export function btfCompatOption(): Option {
  return new Option(
    '--btf-compat',
    'write BTF that libbpf before 1.0 reads too (from 0.3 on); tell what is lost',
  );
}

const UNITS: Record<string, number> = { '': 1, K: 1000, M: 1_000_000 };

/** `NAME 250K`: bytes, or thousands or millions of them, as the summary counts. */
export function bytesOption(name: string, description: string): Option {
  return new Option(`${name} <BYTES|K|M>`, description).argParser((text) => {
    const [, digits, unit = ''] = /^([0-9]{1,15})([KM]?)$/.exec(text) ?? [];
    if (digits !== undefined) return Number(digits) * (UNITS[unit] ?? 1);
    throw new InvalidArgumentError('Expected a number of bytes, or one with K or M.');
  });
}
