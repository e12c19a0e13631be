// The last line of every test run: `N passed, N failed`, so that a person and a script read the same.
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** Counts tests, files that could not be loaded and errors outside of tests. */
export default class FinalLine implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    for (const module of modules) {
      let here = 0;
      for (const test of module.children.allTests()) {
        here++;
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped++;
      }
      if (module.state() === 'failed' && here === 0) failed++;
    }
    // What did not run has not passed. There are no skipped tests here, only interrupted ones.
    failed += skipped;
    if (reason === 'interrupted' && failed === 0) failed = 1;
    if (failed > 0) process.exitCode = 1;
    // At the exit, so that nothing comes behind it.
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  }
}
