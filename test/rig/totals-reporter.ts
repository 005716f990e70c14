import type {Reporter, TestModule} from 'vitest/node';

/**
 * Closes a run with one plain line of totals, and fails a run that skipped anything: a suite that
 * did not run must never look green.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    );
    const count = (state: string): number => states.filter((each) => each === state).length;
    const failedModules = modules.filter((module) => module.state() === 'failed').length;
    const failed = Math.max(count('failed'), failedModules > 0 ? 1 : 0);
    const skipped = count('skipped') + count('pending');
    if (skipped > 0) process.exitCode = 1;
    process.stdout.write(`${count('passed')} passed, ${failed} failed, ${skipped} skipped\n`);
  }
}
