// How rows and columns are called.
import type { CoreRelocation } from '@bpfc/core/slim';
import { identityText } from '../../workspace/sources.js';
import type { Column } from './fold.js';

/** `execsnoop.bpf.c:47`; null without line info. */
export function lineOf({ source }: CoreRelocation): string | null {
  return source && `${source.file.replace(/^.*\//s, '')}:${source.line}`;
}

/** Of relocations that are told together, so many lines are named. */
const MOST_LINES = 3;

/** `execsnoop.bpf.c:47, 66`; empty without line info. */
export function linesText(relocations: readonly CoreRelocation[]): string {
  const [first, ...others] = new Set(relocations.flatMap((relocation) => lineOf(relocation) ?? []));
  if (first === undefined) return '';
  const file = first.replace(/\d+$/, '');
  const lines = others.map((line) => (line.startsWith(file) ? line.slice(file.length) : line));
  const named = [first, ...lines.slice(0, MOST_LINES - 1)].join(', ');
  return lines.length < MOST_LINES ? named : `${named}, …`;
}

/** What the kernels of a column have in common: `ubuntu 20.04 x86_64`. */
export function distributionOf({ kernels: [first] }: Column): string {
  const { identity } = first;
  return identity ? `${identity.id} ${identity.version} ${identity.arch}` : 'by name';
}

/** The first and the last release of a column. */
export function releasesOf({ kernels }: Column): string[] {
  const releases = kernels.map(({ identity, label }) => identity?.release ?? label);
  return [...new Set([releases[0] ?? '', releases.at(-1) ?? ''])];
}

/** `ubuntu 20.04 x86_64 5.4.0-26-generic … 5.4.0-91-generic`. */
export function columnText(column: Column): string {
  const [first] = column.kernels;
  if (column.kernels.length === 1) return first.identity ? identityText(first.identity) : first.label;
  return `${distributionOf(column)} ${releasesOf(column).join(' … ')}`;
}
