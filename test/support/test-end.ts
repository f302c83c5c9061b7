import { AsyncLocalStorage } from 'node:async_hooks';
import type { TestContext } from 'vitest';

/**
 * Hooks of the test that runs. Those which the test runner exports belong to the test that began last, which is another one
 * when several tests of a file run at the same time.
 */
const running = new AsyncLocalStorage<TestContext>();

/** Runs a test so that it is known in all that it does. */
export const duringTest = <T>(context: TestContext, runTest: () => T): T => running.run(context, runTest);

function current(): TestContext {
  const context = running.getStore();
  if (context === undefined) throw new Error('This is for the inside of a test.');
  return context;
}

/** What is to be done when the test has ended, well or not; inside a test only. */
export const whenFinished: TestContext['onTestFinished'] = (...hook) => current().onTestFinished(...hook);

/** What is to be done when the test has failed; inside a test only. */
export const whenFailed: TestContext['onTestFailed'] = (...hook) => current().onTestFailed(...hook);
