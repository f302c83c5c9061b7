import { expect, it } from 'vitest';
import { Allowance } from '../../../agent/src/allowance.ts';
import { ADOPTED_AT_ONCE } from '../../../agent/src/young/young.ts';

function takenAt(allowance: Allowance, nowMs: number): number {
  let taken = 0;
  while (allowance.take(nowMs) && taken < 10_000) taken++;
  return taken;
}

it('gives a burst at once, and what is refilled by the time that passes', () => {
  const allowance = new Allowance({ atOnce: 100, everyMs: 20 });
  expect(takenAt(allowance, 1000)).toBe(100);
  expect(takenAt(allowance, 1000)).toBe(0);
  expect(takenAt(allowance, 1200)).toBe(10);
  // Parts of one are kept for later.
  expect([1210, 1220, 1230].map((nowMs) => takenAt(allowance, nowMs))).toEqual([0, 1, 0]);
});

it('is never fuller than it was at the beginning', () => {
  const allowance = new Allowance({ atOnce: 100, everyMs: 20 });
  allowance.take(0);
  expect(takenAt(allowance, 3_600_000)).toBe(100);
});

it('is not refilled by a clock that was set back, and goes on from there', () => {
  const allowance = new Allowance({ atOnce: 10, everyMs: 1 });
  expect(takenAt(allowance, 5000)).toBe(10);
  expect(takenAt(allowance, 1000)).toBe(0);
  expect(takenAt(allowance, 1005)).toBe(5);
});

it('is enough for a worker that sets up its pipelines, and lets hardly any of a storm through', () => {
  const allowance = new Allowance(ADOPTED_AT_ONCE);
  let atOnce = 0;
  for (let stream = 0; stream < 200; stream++) if (allowance.take(0)) atOnce++;
  expect(atOnce).toBe(200);
  let ofStorm = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs++)
    for (let stream = 0; stream < 7; stream++) if (allowance.take(nowMs)) ofStorm++;
  expect(ofStorm).toBeLessThan(600);
});
