import { expect, test } from 'vitest';
import { backOffMs, DIAL_BACK_OFF } from '../../../../agent/src/link/back-off.ts';
import { seededRandom } from '../../../property/support/random.mjs';

const ALMOST_ONE = 1 - Number.EPSILON;

test('the longest pause grows by half with every attempt, up to half a minute', () => {
  expect([0, 1, 2, 3, 10, 11, 12].map((attempt) => backOffMs(attempt, 0))).toEqual([
    500, 750, 1125, 1688, 28_833, 30_000, 30_000,
  ]);
});

test('the jitter takes off up to half', () => {
  expect(backOffMs(2, 0.5)).toBe(844);
  expect(backOffMs(2, ALMOST_ONE)).toBe(563);
});

test('however the dice fall, a monitor that was away for t is dialled at most t + base after it is back', () => {
  for (const dice of [
    () => 0,
    () => ALMOST_ONE,
    alternating([0, ALMOST_ONE]),
    alternating([ALMOST_ONE, ALMOST_ONE, 0]),
    ...Array.from({ length: 200 }, (_, seed) => seededRandom(seed).next),
  ]) {
    // It comes back in the worst moment: right after a dial that failed.
    let awayMs = 0;
    for (let attempt = 0; attempt < 20; attempt++) {
      const pauseMs = backOffMs(attempt, dice());
      expect(pauseMs).toBeLessThanOrEqual(awayMs + DIAL_BACK_OFF.baseMs + 20);
      awayMs += pauseMs;
    }
  }
});

test('a worker that has tried for years still gets a finite pause', () => {
  expect(backOffMs(1_000_000, 0)).toBe(DIAL_BACK_OFF.capMs);
});

test('two hundred workers that have lost their monitor in the same moment do not come back in step', () => {
  const workers = 200;
  const windowMs = 100;
  const dialsPerWindow = new Map<number, number>();
  for (let worker = 0; worker < workers; worker++) {
    const random = seededRandom(worker).next;
    let atMs = 0;
    for (let attempt = 0; attempt < 30; attempt++) {
      atMs += backOffMs(attempt, random());
      const window = Math.floor(atMs / windowMs);
      dialsPerWindow.set(window, (dialsPerWindow.get(window) ?? 0) + 1);
    }
  }
  // The first pause is half a second at most, so that its windows are few; from the tenth second on they have spread out.
  const later = [...dialsPerWindow].filter(([window]) => window * windowMs >= 10_000).map(([, dials]) => dials);
  expect(Math.max(...dialsPerWindow.values())).toBeLessThan(workers / 2);
  expect(Math.max(...later)).toBeLessThan(workers / 10);
});

function alternating(values: readonly number[]): () => number {
  let next = 0;
  return () => values[next++ % values.length] as number;
}
