import { expect, test } from 'vitest';
import { backOffMs, DIAL_BACK_OFF } from '../../../../agent/src/link/back-off.ts';

test('the longest pause doubles with every attempt up to half a minute', () => {
  const almostOne = 1 - Number.EPSILON;
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((attempt) => backOffMs(attempt, almostOne))).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ]);
});

test('the jitter is full: any share of it down to nothing', () => {
  expect(backOffMs(3, 0)).toBe(0);
  expect(backOffMs(3, 0.5)).toBe(2000);
});

test('a worker that has tried for years still gets a finite pause', () => {
  expect(backOffMs(1_000_000, 0.9)).toBe(0.9 * DIAL_BACK_OFF.capMs);
});
