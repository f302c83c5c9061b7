import { expect, test } from 'vitest';
import { createEpochClock } from '../../../../agent/src/thread/epoch-clock.ts';

test('the first tick begins the first epoch, the next one comes after the interval', () => {
  const clock = createEpochClock();
  expect(clock.epoch).toBe(0);
  expect(clock.tick(100, 1000)).toBe(true);
  expect(clock.tick(1099, 1000)).toBe(false);
  expect(clock.tick(1100, 1000)).toBe(true);
  expect(clock.epoch).toBe(2);
});

test('each epoch remembers when it began', () => {
  const clock = createEpochClock();
  for (let nowMs = 0; nowMs < 5000; nowMs += 500) clock.tick(nowMs, 1000);
  expect([1, 2, 5].map((epoch) => clock.startMs(epoch))).toEqual([0, 1000, 4000]);
  expect(clock.startMs(0)).toBeUndefined();
  expect(clock.startMs(6)).toBeUndefined();
});

test('a gap begins one epoch, not as many as would have fitted', () => {
  const clock = createEpochClock();
  clock.tick(0, 1000);
  clock.tick(100_000, 1000);
  expect(clock.epoch).toBe(2);
});

test('memory is bounded: of a forgotten epoch the oldest remembered start is given', () => {
  const clock = createEpochClock();
  for (let epoch = 1; epoch <= 5000; epoch++) clock.tick(epoch * 1000, 1000);
  expect(clock.startMs(5000)).toBe(5_000_000);
  expect(clock.startMs(1)).toBe((5000 - 4096 + 1) * 1000);
});
