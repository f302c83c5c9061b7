import { expect, it } from 'vitest';
import { Budget } from '../../../../agent/src/young/budget.ts';

function takenAt(budget: Budget, nowMs: number): number {
  let taken = 0;
  while (budget.take(nowMs) && taken < 10_000) taken++;
  return taken;
}

it('gives a burst at once, and what is refilled by the time that passes', () => {
  const budget = new Budget(100, 50);
  expect(takenAt(budget, 1000)).toBe(100);
  expect(takenAt(budget, 1000)).toBe(0);
  expect(takenAt(budget, 1200)).toBe(10);
  // Parts of one are kept for later.
  expect([1210, 1220, 1230].map((nowMs) => takenAt(budget, nowMs))).toEqual([0, 1, 0]);
});

it('is never fuller than it was at the beginning', () => {
  const budget = new Budget(100, 50);
  budget.take(0);
  expect(takenAt(budget, 3_600_000)).toBe(100);
});

it('is not refilled by a clock that was set back, and goes on from there', () => {
  const budget = new Budget(10, 1000);
  expect(takenAt(budget, 5000)).toBe(10);
  expect(takenAt(budget, 1000)).toBe(0);
  expect(takenAt(budget, 1005)).toBe(5);
});

it('is enough for a worker that sets up its pipelines, and lets hardly any of a storm through', () => {
  const budget = new Budget();
  let atOnce = 0;
  for (let stream = 0; stream < 200; stream++) if (budget.take(0)) atOnce++;
  expect(atOnce).toBe(200);
  let ofStorm = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs++)
    for (let stream = 0; stream < 7; stream++) if (budget.take(nowMs)) ofStorm++;
  expect(ofStorm).toBeLessThan(600);
});
