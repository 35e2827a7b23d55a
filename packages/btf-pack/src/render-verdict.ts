// What `verify` found, for people.
import type { Verdict } from './verify.js';

/** Of a pack in which nothing is wrong. */
export function renderVerdict(path: string, verdict: Verdict): string {
  const { layout, entries, differentBtfs, programs, wouldNotLoad } = verdict;
  const simulated = programs.length > 0 ? `simulated for ${programs.join(', ')}` : 'no program to simulate';
  const lines = [
    `${path}: good, ${entries} entries in layout ${layout ?? 'none'}, ${differentBtfs} different BTFs, ${simulated}`,
    ...wouldNotLoad.map(
      ({ path, program, failure }) =>
        `  ${path}: ${program} would not load: ${failure.code}: ${failure.message}`,
    ),
  ];
  return lines.join('\n');
}
