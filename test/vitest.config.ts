import { defineConfig } from 'vitest/config';

// Tests import the packages by name and get their source, so nothing has to be built before a unit test runs.
const conditions = ['streamgauge-source'];

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node'] },
  ssr: { resolve: { conditions: [...conditions, 'module', 'node'] } },
  test: {
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    // Small machines: two workers keep the timing of the end-to-end tests honest.
    maxWorkers: 2,
    maxConcurrency: 3,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    reporters: ['default'],
    execArgv: ['--conditions=streamgauge-source'],
  },
});
