import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageLimits, type TokenBucket, takeToken } from '../../../../monitor/src/link/token-bucket.ts';

const full = { tokens: messageLimits.burst, atMs: 0 };

/** Takes tokens one after the other, each as soon as the wait of the one before allows. */
function timeToTake(count: number): number {
  let bucket: TokenBucket = full;
  let nowMs = 0;
  for (let taken = 0; taken < count; taken += 1) {
    const next = takeToken(bucket, nowMs, messageLimits);
    bucket = next.bucket;
    nowMs += next.waitMs;
  }
  return nowMs;
}

describe('the token bucket of a connection', () => {
  test('lets a burst of 500 through at once, and 100 per second after it', () => {
    expect(timeToTake(500)).toBe(0);
    expect(timeToTake(600)).toBeCloseTo(1000, 5);
    expect(timeToTake(1500)).toBeCloseTo(10_000, 5);
  });

  test('never saves up more than a burst', () => {
    const { bucket } = takeToken(full, 3_600_000, messageLimits);
    expect(bucket.tokens).toBe(499);
  });

  test('gives nothing for a clock that steps back', () => {
    const { bucket } = takeToken({ tokens: 10, atMs: 1000 }, 0, messageLimits);
    expect(bucket.tokens).toBe(9);
  });

  test('over any time lets no more through than a burst and the rate', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 500 }), (pausesMs) => {
        let bucket: TokenBucket = full;
        let nowMs = 0;
        let free = 0;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          const next = takeToken(bucket, nowMs, messageLimits);
          bucket = next.bucket;
          if (next.waitMs === 0) free += 1;
        }
        expect(free).toBeLessThanOrEqual(messageLimits.burst + (nowMs / 1000) * messageLimits.perSecond);
      }),
    );
  });
});
