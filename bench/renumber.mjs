// More kernels than are at hand: the real ones under releases that might follow them.

/** @typedef {import('./bed.mjs').Identity} Identity */

/**
 * The number that a distribution raises: behind `-` (Ubuntu, Debian, CentOS: 5.4.0-26-generic, 4.18.0-147.el8.x86_64),
 * behind the name of the backport (5.10.0-0.deb10.17-amd64), else the third (6.12.107+deb12-amd64).
 */
const RAISED = /^(\d+\.\d+\.(?:\d+-(?:0\.deb\d+\.)?(?=\d))?)(\d+)/;

/** Releases of a series lie within about as many numbers. */
const STEP = 100;

/**
 * `count` kernels: the given ones, then generations of the same with higher releases, as far from each other as the real
 * ones are. Generations follow in uneven steps: even ones would compress better than real releases do.
 * @template {{ identity: Identity }} Kernel
 * @param {readonly Kernel[]} kernels of different identities
 * @param {number} count
 * @returns {{ identity: Identity, of: Kernel, generation: number }[]} `of`: the real one; its generation is 0
 */
export function renumber(kernels, count) {
  const names = new Set();
  const renumbered = [];
  for (let generation = 0; renumbered.length < count && kernels.length > 0; generation++) {
    for (const of of kernels) {
      const identity = { ...of.identity, release: raise(of.identity.release, generation) };
      const name = Object.values(identity).join('/');
      if (!names.has(name) && renumbered.length < count) {
        names.add(name);
        renumbered.push({ identity, of, generation });
      }
    }
  }
  return renumbered;
}

/**
 * @param {string} release
 * @param {number} generation
 */
function raise(release, generation) {
  // Knuth's multiplicative hash: 0 to 15, without a pattern, the same on every machine; 0 for generation 0.
  const uneven = Math.imul(generation, 2654435761) >>> 28;
  const by = generation * STEP + uneven;
  return release.replace(RAISED, (_, before, number) => `${before}${Number(number) + by}`);
}
