// What each test runner says about its tests, as numbers.

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {number} unable tests that kernel or rights do not allow here, and that said so
 */

/**
 * Sums the closing lines of `cargo test`, one per test binary. A test that kernel or rights do not allow writes a line
 * `skipped: NAME: WHY` and returns (`tests/src/live.rs`), so cargo counts it as passed.
 * @param {string} output
 * @returns {Counts}
 */
export function countsOfCargo(output) {
  const lines = output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm);
  const counted = sum(
    [...lines].map(([, passed, failed, ignored]) => counts(Number(passed), Number(failed), Number(ignored))),
  );
  const unable = [...output.matchAll(/^skipped: \S+: /gm)].length;
  return { ...counted, passed: counted.passed - unable, unable };
}

/**
 * Reads what vitest's JSON reporter wrote. A test that kernel or rights do not allow says so in its `meta`
 * (`packages/fixtures/live.mjs`).
 * @param {string} json
 * @returns {Counts}
 */
export function countsOfVitest(json) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(json);
  const tests = testResults.flatMap(
    (/** @type {{ assertionResults: object[] }} */ file) => file.assertionResults,
  );
  const unable = tests.filter(
    (/** @type {{ meta?: { unable?: string } }} */ { meta }) => meta?.unable,
  ).length;
  return counts(numPassedTests, numFailedTests, numPendingTests + numTodoTests - unable, unable);
}

/**
 * A runner that failed without a failed test (it did not compile, it crashed) or that ran no test counts as one failure.
 * @param {Counts} counted
 * @param {number} exitCode
 * @returns {Counts}
 */
export function withExitCode(counted, exitCode) {
  const silent = counted.failed === 0 && (exitCode !== 0 || counted.passed + counted.unable === 0);
  return silent ? { ...counted, failed: 1 } : counted;
}

/**
 * A test skips where there is no archive of kernel BTFs, so with an archive a skip is a failure; what kernel or rights do not
 * allow is none.
 * @param {Counts} counted
 * @param {boolean} archive
 * @returns {Counts}
 */
export function withSkips(counted, archive) {
  return archive ? { ...counted, failed: counted.failed + counted.skipped } : counted;
}

/**
 * @param {Counts[]} parts
 * @returns {Counts}
 */
export function sum(parts) {
  return parts.reduce(
    (total, part) =>
      counts(
        total.passed + part.passed,
        total.failed + part.failed,
        total.skipped + part.skipped,
        total.unable + part.unable,
      ),
    counts(0, 0, 0),
  );
}

/**
 * @param {number} passed
 * @param {number} failed
 * @param {number} skipped
 * @param {number} unable
 * @returns {Counts}
 */
function counts(passed, failed, skipped, unable = 0) {
  return { passed, failed, skipped, unable };
}
