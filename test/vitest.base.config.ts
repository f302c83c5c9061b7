import { defineConfig } from 'vitest/config';

// Tests import the packages by name and get their source, so nothing has to be built before a unit test runs.
const conditions = ['streamgauge-source'];

/**
 * What leaves the process of the tests as it was: to start one and load the packages anew for each of these files takes longer than
 * many a test in it. The agent changes what all share, and looks at the heap: tests that have it in their own process, as those of brokers
 * do, have a process for each file.
 */
const SHARE_A_PROCESS = ['contract/**/*.test.ts', 'unit/!(agent)/**/*.test.ts', 'e2e/!(brokers)/**/*.test.ts'];
export const NO_TESTS = ['**/node_modules/**', '**/dist/**'];

/** All tests, under the Node.js that runs them. */
export const OWN_PROJECTS: readonly object[] = [
  { extends: './vitest.base.config.ts', test: { name: 'node 24', exclude: [...NO_TESTS, ...SHARE_A_PROCESS] } },
  { extends: './vitest.base.config.ts', test: { name: 'shared process', include: SHARE_A_PROCESS, isolate: false } },
];

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node'] },
  ssr: { resolve: { conditions: [...conditions, 'module', 'node'] } },
  test: {
    exclude: NO_TESTS,
    setupFiles: ['./support/remember-test.ts'],
    pool: 'forks',
    // Small machines: two workers keep the timing of the end-to-end tests honest.
    maxWorkers: 2,
    maxConcurrency: 3,
    // No test is awaited for long that passes: these end what hangs, also on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ['default'],
    execArgv: ['--conditions=streamgauge-source'],
  },
});
