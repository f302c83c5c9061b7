import { describe, expect, it } from 'vitest';
import {
  advanceClock,
  clockWindowMs,
  offsetMs,
  offsetSpreadMs,
  unknownClock,
  type WorkerClock,
} from '../../../../monitor/src/model/worker-clock.ts';

/** A worker whose clock reads 0 when the monitor's reads 1000; one report per second, delayed as told. */
function clockAfter(delaysMs: readonly number[], skewMs: (second: number) => number = () => 0): WorkerClock {
  return delaysMs.reduce(
    (clock, delayMs, second) => advanceClock(clock, 1000 + second * 1000 + delayMs, second * 1000 - skewMs(second)),
    unknownClock,
  );
}

const seconds = (count: number, delayMs: (second: number) => number): number[] =>
  Array.from({ length: count }, (_, second) => delayMs(second));

describe('the clock of a worker', () => {
  it('is that of the report that was delayed least', () => {
    expect(offsetMs(clockAfter([900, 40, 3, 700]))).toBe(1003);
    expect(offsetMs(unknownClock)).toBe(Number.POSITIVE_INFINITY);
  });

  it('forgets reports that are older than its window, and keeps a bounded number of stretches', () => {
    const clock = clockAfter(seconds(200, (second) => (second === 10 ? 0 : 20)));
    expect(offsetMs(clock)).toBe(1020);
    expect(clock.stretches.length).toBeLessThanOrEqual(9);
  });

  it('keeps the newest report of a worker that reports once an hour', () => {
    const hourly = advanceClock(advanceClock(unknownClock, 1005, 0), 3_601_003, 3_600_000);
    expect(offsetMs(hourly)).toBe(1003);
  });

  it('follows a clock that stood still while its machine slept after eight reports, and is not misled by seven late ones', () => {
    const late = (count: number) => clockAfter([...seconds(20, () => 5), ...seconds(count, () => 5000)]);
    expect(offsetMs(late(7))).toBe(1005);
    expect(offsetMs(late(8))).toBe(6000);
    expect(offsetMs(clockAfter([...seconds(20, () => 5), ...seconds(8, () => 5000), 5])), 'and back at once').toBe(
      1005,
    );
  });

  it('follows the monitor’s own clock at once when that one has stood still', () => {
    expect(
      offsetMs(
        clockAfter(
          seconds(20, () => 5),
          (second) => (second < 10 ? 0 : -5000),
        ),
      ),
    ).toBe(-3995);
  });

  it('tells how far its fastest reports lie apart once it has two stretches', () => {
    expect(offsetSpreadMs(clockAfter([1]))).toBeNull();
    expect(offsetSpreadMs(clockAfter(seconds(20, (second) => (second < 9 ? 12 : 4))))).toBe(8);
    expect(clockWindowMs).toBe(64_000);
  });
});
