import { describe, expect, it } from 'vitest';
import { countsOfCargo, countsOfVitest, sum, withExitCode, withSkips } from './counts.mjs';

describe('the total that `npm test` closes with', () => {
  it('adds up every test binary of cargo test, doc tests included', () => {
    const output = [
      'test parse ... ok',
      'test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s',
      '   Doc-tests bpfc_btf',
      'test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.20s',
    ].join('\n');
    expect(countsOfCargo(output)).toEqual({ passed: 15, failed: 1, skipped: 2, unable: 0 });
  });

  it('takes no closing line that a test printed in the middle of a line', () => {
    expect(countsOfCargo('said: test result: ok. 9 passed; 0 failed; 0 ignored;').passed).toBe(0);
  });

  it('takes a test that kernel or rights do not allow for neither passed nor failed', () => {
    const output = [
      'skipped: c_execsnoop::loads: Operation not permitted',
      'test c_execsnoop::loads ... ok',
      'test c_bootstrap::loads ... ',
      'skipped: c_bootstrap::loads: Operation not permitted',
      'ok',
      'test other ... ok',
      'test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s',
    ].join('\n');
    const counted = countsOfCargo(output);
    expect(counted).toEqual({ passed: 1, failed: 0, skipped: 0, unable: 2 });
    expect(withSkips(withExitCode(counted, 0), true)).toEqual(counted);
  });

  it("reads vitest's report, skipped and todo tests apart", () => {
    const totals = { numPassedTests: 7, numFailedTests: 2, numPendingTests: 2, numTodoTests: 1 };
    const unable = { status: 'skipped', meta: { unable: 'not root' } };
    const testResults = [{ assertionResults: [{ status: 'passed', meta: {} }, unable] }];
    const report = JSON.stringify({ ...totals, testResults });
    expect(countsOfVitest(report)).toEqual({ passed: 7, failed: 2, skipped: 2, unable: 1 });
  });

  it('counts a runner that failed without a failed test as one failure', () => {
    const counted = { passed: 4, failed: 0, skipped: 0, unable: 0 };
    expect(withExitCode(counted, 101)).toEqual({ ...counted, failed: 1 });
    expect(withExitCode({ ...counted, failed: 2 }, 101).failed).toBe(2);
  });

  it('counts a runner that ran no test as one failure', () => {
    expect(withExitCode({ passed: 0, failed: 0, skipped: 3, unable: 0 }, 0).failed).toBe(1);
  });

  it('counts a skipped test as a failure where there is an archive to test with', () => {
    expect(withSkips({ passed: 4, failed: 1, skipped: 2, unable: 0 }, true).failed).toBe(3);
    expect(withSkips({ passed: 4, failed: 1, skipped: 2, unable: 0 }, false).failed).toBe(1);
  });

  it('is zero over no runners', () => {
    expect(sum([])).toEqual({ passed: 0, failed: 0, skipped: 0, unable: 0 });
  });
});
