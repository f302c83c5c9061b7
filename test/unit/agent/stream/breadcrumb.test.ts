import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Breadcrumb, FirstCalls } from '../../../../agent/src/stream/breadcrumb.ts';
import type { StreamInternals } from '../../../../agent/src/stream/internals.ts';

const LOOK_MS = 50;

/** Looks at an operator that completes so many records in each millisecond, one look after the other. */
function watched(): { looks(perMs: number, times: number): boolean } {
  const stream = new Writable({ objectMode: true, write: (_record, _encoding, done) => done() });
  const breadcrumb = new Breadcrumb(
    stream as unknown as StreamInternals,
    ['_write'],
    new Int32Array(8),
    1,
    new FirstCalls(),
  );
  let [nowMs, completed] = [1000, 0];
  breadcrumb.look(completed, nowMs);
  return {
    looks(perMs, times) {
      for (let look = 0; look < times; look++) {
        nowMs += LOOK_MS;
        completed += perMs * LOOK_MS;
        breadcrumb.look(completed, nowMs);
      }
      return breadcrumb.slow;
    },
  };
}

describe('a breadcrumb', () => {
  it.each([
    ['which gets a record each millisecond', 1, true],
    ['which gets one each 50 µs, of which its cost would be seen', 20, false],
    ['that does hardly anything', 500, false],
  ])('of an operator %s', (_, perMs, slow) => {
    expect(watched().looks(perMs, 3)).toBe(slow);
  });

  it('is not taken off by one quick moment, but by two in a row', () => {
    const { looks } = watched();
    expect(looks(1, 2)).toBe(true);
    expect(looks(30, 1)).toBe(true);
    expect(looks(15, 5), 'in between nothing changes').toBe(true);
    expect(looks(30, 2)).toBe(false);
    expect(looks(15, 5)).toBe(false);
    expect(looks(5, 1)).toBe(true);
  });
});
