import { describe, expect, test } from 'vitest';
import { agentEnvironment } from '../../../src/cli/agent-environment.ts';

const BUILT = 'file:///opt/with%20space/agent/dist/register.js';

describe('the environment of an attached program', () => {
  test('has the agent in NODE_OPTIONS without a space in its address', () => {
    expect(agentEnvironment({}, {}, BUILT)).toEqual({
      NODE_OPTIONS: '--import=file:///opt/with%20space/agent/dist/register.js',
    });
  });

  test('keeps what the user has in NODE_OPTIONS, and before the agent', () => {
    const { NODE_OPTIONS } = agentEnvironment({ NODE_OPTIONS: '--require "./my file.cjs"' }, {}, BUILT);
    expect(NODE_OPTIONS).toBe(`--require "./my file.cjs" --import=${BUILT}`);
  });

  test('names the condition of the sources when the agent is run from source', () => {
    const { NODE_OPTIONS } = agentEnvironment({}, {}, 'file:///opt/agent/src/register.ts');
    expect(NODE_OPTIONS).toBe('--conditions=streamgauge-source --import=file:///opt/agent/src/register.ts');
  });

  test('carries only those settings that were given', () => {
    const environment = { STREAMGAUGE_JOB: 'theirs', STREAMGAUGE_WORKER: 'w1', PATH: '/bin' };
    expect(agentEnvironment(environment, { job: 'ours' }, BUILT)).toMatchObject({
      STREAMGAUGE_JOB: 'ours',
      STREAMGAUGE_WORKER: 'w1',
      PATH: '/bin',
    });
    expect(agentEnvironment(environment, { monitorUrl: 'ws://h:1' }, BUILT)).toHaveProperty(
      'STREAMGAUGE_MONITOR_URL',
      'ws://h:1',
    );
  });
});
