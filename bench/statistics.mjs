// Figures from runs: medians, ratios, and whether a target is met.

/**
 * What one row of the table says. A peer is missing where there is only an absolute target.
 * @typedef {object} Row
 * @property {string} name
 * @property {Unit} unit
 * @property {number[]} us one figure for each run
 * @property {number[]} [peer] the same of what a user would run instead, interleaved with ours
 * @property {Target} [target]
 * @property {string} [note] what the figures stand for, where the name does not say
 */
/** @typedef {'ms' | 'bytes'} Unit */
/** @typedef {{ ratio: number } | { most: number }} Target `most` in the row's unit */
/** @typedef {{ us: number, peer?: number, ratio?: number, met?: boolean }} Verdict */

/**
 * The middle one; of an even number the mean of the two in the middle.
 * @param {readonly number[]} figures
 */
export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) {
    throw new RangeError('no figures, no median');
  }
  return (lower + upper) / 2;
}

/**
 * Ratio of the medians, ours to the peer's: below 1 we take less.
 * @param {Row} row
 * @returns {Verdict}
 */
export function judge({ us, peer, target }) {
  /** @type {Verdict} */
  const verdict = { us: median(us) };
  if (peer !== undefined) {
    verdict.peer = median(peer);
    verdict.ratio = verdict.us / verdict.peer;
  }
  if (target !== undefined) {
    const judged = 'ratio' in target ? verdict.ratio : verdict.us;
    if (judged === undefined) {
      throw new RangeError('a target for a ratio, and no peer');
    }
    verdict.met = judged <= ('ratio' in target ? target.ratio : target.most);
  }
  return verdict;
}
