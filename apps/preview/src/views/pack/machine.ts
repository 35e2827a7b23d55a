// A machine as it is asked for: in the address, and as the core reads it.
import type { SelectionStep, SystemNames } from '@bpfc/core/slim';

/** The query's names for what a machine says of itself. */
export const ASKED = ['id', 'version', 'like', 'machine', 'release'] as const;

export type AskedMachine = Record<(typeof ASKED)[number], string>;

export function askedIn(query: Readonly<Record<string, string>>): AskedMachine {
  const { id = '', version = '', like = '', machine = '', release = '' } = query;
  return { id, version, like, machine, release };
}

/** Stands for a VERSION_ID that is not set, as in a list of machines. */
const NO_VERSION = '-';

/** What the core is asked. */
export function systemOf({ id, version, like, machine, release }: AskedMachine): SystemNames {
  const set = { ID: id, VERSION_ID: version === NO_VERSION ? '' : version, ID_LIKE: like };
  const lines = Object.entries(set).filter(([, value]) => value.trim() !== '');
  const osRelease = lines.map(([key, value]) => `${key}=${quoted(value.trim())}\n`).join('');
  return { osRelease, machine: machine.trim(), release: release.trim() };
}

/** A value of os-release(5): in double quotes, with a backslash before what a shell reads there. An end of line ends the value. */
function quoted(value: string): string {
  return `"${value.replace(/["\\$`]/g, '\\$&').replace(/[\r\n]+/g, ' ')}"`;
}

/** A line of a list of machines, `ID VERSION_ID machine release`, as the query of the same machine. */
export function askedOfLine(line: string): AskedMachine {
  const [id = '', version = '', machine = '', release = ''] = line.split(' ');
  return { id, version, like: '', machine, release };
}

/** How an entry was found, after the words of `btf-pack select`. */
export const FOUND: Record<SelectionStep, string> = {
  exact: 'by its exact name',
  version: 'by another name of its version',
  like: 'of a distribution that it is like',
  release: 'by its release alone',
  nearest: 'not its own, but the nearest release',
};
