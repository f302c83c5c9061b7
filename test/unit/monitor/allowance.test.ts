import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Allowance } from '../../../monitor/src/allowance.ts';

const limits = { perSecond: 100, burst: 500 };

/** Takes one after the other, each as soon as the wait of the one before allows. */
function timeToTake(count: number): number {
  const allowance = new Allowance(limits, 0);
  let nowMs = 0;
  for (let taken = 0; taken < count; taken += 1) nowMs += allowance.take(nowMs);
  return nowMs;
}

describe('an allowance', () => {
  test('lets a burst through at once, and its rate after it', () => {
    expect(timeToTake(500)).toBe(0);
    expect(timeToTake(600)).toBeCloseTo(1000, 5);
    expect(timeToTake(1500)).toBeCloseTo(10_000, 5);
  });

  test('never saves up more than a burst', () => {
    const allowance = new Allowance(limits, 0);
    allowance.take(3_600_000);
    expect(allowance.left(3_600_000)).toBe(499);
    expect(allowance.left(7_200_000)).toBe(500);
  });

  test('gives nothing for a clock that steps back', () => {
    const allowance = new Allowance(limits, 1000);
    allowance.take(1000);
    allowance.take(0);
    expect(allowance.left(0)).toBe(498);
  });

  test('says what is left without taking it', () => {
    const allowance = new Allowance({ perSecond: 1, burst: 1 }, 0);
    expect([allowance.left(0), allowance.left(0)]).toEqual([1, 1]);
    allowance.take(0);
    expect([allowance.left(0), allowance.left(400), allowance.left(1000)]).toEqual([0, 0.4, 1]);
  });

  test('over any time lets no more through than a burst and the rate', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 500 }), (pausesMs) => {
        const allowance = new Allowance(limits, 0);
        let nowMs = 0;
        let free = 0;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          if (allowance.take(nowMs) === 0) free += 1;
        }
        expect(free).toBeLessThanOrEqual(limits.burst + (nowMs / 1000) * limits.perSecond);
      }),
    );
  });
});
