// What each test runner says about its tests, as numbers.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Sums the closing lines of `cargo test`, one per test binary.
 * @param {string} output
 * @returns {Counts}
 */
export function countsOfCargo(output) {
  const lines = output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm);
  return sum(
    [...lines].map(([, passed, failed, ignored]) => counts(Number(passed), Number(failed), Number(ignored))),
  );
}

/**
 * Reads what vitest's JSON reporter wrote.
 * @param {string} json
 * @returns {Counts}
 */
export function countsOfVitest(json) {
  const report = JSON.parse(json);
  return counts(report.numPassedTests, report.numFailedTests, report.numPendingTests + report.numTodoTests);
}

/**
 * A runner that failed without a failed test (it did not compile, it crashed) or that ran no test counts as one failure.
 * @param {Counts} counted
 * @param {number} exitCode
 * @returns {Counts}
 */
export function withExitCode(counted, exitCode) {
  const silent = counted.failed === 0 && (exitCode !== 0 || counted.passed === 0);
  return silent ? { ...counted, failed: 1 } : counted;
}

/**
 * Nothing is skipped by design: a test skips where there is no archive of kernel BTFs, so with an archive a skip is a failure.
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
      counts(total.passed + part.passed, total.failed + part.failed, total.skipped + part.skipped),
    counts(0, 0, 0),
  );
}

/**
 * @param {number} passed
 * @param {number} failed
 * @param {number} skipped
 * @returns {Counts}
 */
function counts(passed, failed, skipped) {
  return { passed, failed, skipped };
}
