import { defineConfig, mergeConfig } from 'vitest/config';
import { nodeBinary, OTHER_NODE_VERSIONS } from './support/peers.ts';
import base, { NO_TESTS, OWN_PROJECTS } from './vitest.base.config.ts';

/**
 * The agent lives in other people's processes: its end-to-end tests run again under every other Node.js it supports, and so do
 * those of the commands that look into a process.
 */
const UNDER_EACH = ['e2e/agent/**/*.test.ts', 'e2e/cli/attach.e2e.test.ts', 'e2e/cli/dump.e2e.test.ts'];
/** The agent brings its connection along, and what it says over it does not hang on the Node.js: every other test uses it. */
const ONCE = ['e2e/agent/link.e2e.test.ts', 'e2e/agent/restarts.e2e.test.ts'];
/** What holds on the oldest and on the newest version is not looked at again on the one in between: it takes long. */
const AT_THE_ENDS = [
  'e2e/agent/blocked.e2e.test.ts',
  'e2e/agent/debugger.e2e.test.ts',
  'e2e/agent/exit.e2e.test.ts',
  'e2e/agent/many-modules.e2e.test.ts',
  'e2e/agent/shapes.e2e.test.ts',
  'e2e/agent/short-lived.e2e.test.ts',
  'e2e/cli/attach.e2e.test.ts',
  'e2e/cli/dump.e2e.test.ts',
];
const BETWEEN = 22;

const majors = Object.keys(OTHER_NODE_VERSIONS).map(Number) as (keyof typeof OTHER_NODE_VERSIONS)[];

export default defineConfig(async () => {
  const projects = [...OWN_PROJECTS];
  for (const major of majors) {
    const { path, reason } = await nodeBinary(major);
    if (path === undefined) {
      console.log(`The agent is not tested under Node.js ${major}: ${reason}`);
      continue;
    }
    projects.push({
      extends: './vitest.base.config.ts',
      test: {
        name: `node ${major}`,
        isolate: false,
        include: UNDER_EACH,
        exclude: [...NO_TESTS, ...ONCE, ...(major === BETWEEN ? AT_THE_ENDS : [])],
        env: { TEST_NODE: path },
      },
    });
  }
  return mergeConfig(base, { test: { projects } });
});
