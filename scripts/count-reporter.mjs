// A reporter for Jest: the sum over all lanes, in one line that a program can read, after everything else; and the names of
// the tests that failed, in a file, if REDMETER_FAILED_TESTS names one.
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';

/** @typedef {{ readonly status: string, readonly fullName: string }} TestResult */
/** @typedef {{ readonly testFilePath: string, readonly testExecError?: unknown, readonly testResults: readonly TestResult[] }} FileResult */

/** Prints e.g. `120 passed, 0 failed, 1 skipped` when the process ends. */
export default class CountReporter {
  /**
   * @param {unknown} _test
   * @param {FileResult} result
   */
  onTestResult(_test, { testFilePath, testExecError, testResults }) {
    const list = process.env['REDMETER_FAILED_TESTS'];
    if (list === undefined) return;
    const file = relative(process.cwd(), testFilePath);
    const names = testResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    if (names.length === 0 && testExecError !== undefined && testExecError !== null)
      names.push('did not load, or its last hook failed');
    for (const name of names) appendFileSync(list, `${file} › ${name}\n`);
  }

  /**
   * @param {unknown} _contexts
   * @param {Record<'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites' | 'numPendingTests' | 'numTodoTests', number>} results
   */
  onRunComplete(_contexts, results) {
    // A file that does not even load has no tests that could fail.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.once('exit', () => process.stdout.write(`\n${line}\n`));
  }
}
