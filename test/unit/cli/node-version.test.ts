import { expect, test } from 'vitest';
import { requireMonitorNode } from '../../../src/cli/node-version.ts';

test.each(['24.0.0', '26.1.0', '100.0.0'])('Node.js %s runs the monitor', (version) => {
  expect(() => requireMonitorNode('monitor', version)).not.toThrow();
});

test.each(['20.20.2', '22.23.3', '23.11.0'])(
  'Node.js %s gets one sentence that says what does work there',
  (version) => {
    expect(() => requireMonitorNode('demo', version)).toThrow(
      `streamgauge demo needs Node.js 24 or later; this is v${version}. The agent and \`streamgauge run\` work here.`,
    );
  },
);
