import { expect, test } from 'vitest';
import { CANARY_MS, createPoolCanary } from '../../../../agent/src/sample/pool-canary.ts';

/** A pool that does its tasks when it is told to. */
function scene() {
  let nowMs = 0;
  const tasks: (() => void)[] = [];
  const canary = createPoolCanary({
    nowMs: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
    },
    runInPool: (done) => tasks.push(done),
  });
  return { canary, tasks, pass: (ms: number) => (nowMs += ms) };
}

test('a pool that works is not waited for', async () => {
  const { canary, tasks } = scene();
  canary.start();
  tasks.shift()?.();
  expect(await canary.waitingMs()).toBe(0);
});

test('a pool that is taken is given a second, and no second task while the first one waits', async () => {
  const { canary, tasks, pass } = scene();
  canary.start();
  expect(await canary.waitingMs()).toBe(CANARY_MS);
  pass(5000);
  canary.start();
  expect(tasks).toHaveLength(1);
  expect(await canary.waitingMs()).toBe(CANARY_MS + 5000);
  tasks.shift()?.();
  expect(await canary.waitingMs()).toBe(0);
  canary.start();
  expect(tasks).toHaveLength(1);
});

test('a canary that was never started tells nothing', async () => {
  expect(await scene().canary.waitingMs()).toBe(0);
});
