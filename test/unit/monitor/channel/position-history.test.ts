import { describe, expect, it } from 'vitest';
import { comparePositions, positionText } from '../../../../monitor/src/channel/position.ts';
import { PositionHistory } from '../../../../monitor/src/channel/position-history.ts';

const at = (major: number, minor = 0) => ({ major, minor });

/** A giver that gives `rate` messages a second for so many seconds, seen once a second. */
function steady(seconds: number, rate = 10, capacity?: number): PositionHistory {
  const history = new PositionHistory(capacity);
  for (let second = 1; second <= seconds; second += 1) history.see(at(second * rate), second * 1000);
  return history;
}

describe('where a giver has stood', () => {
  it('is, between two looks, what the earlier one saw: an age may be too large and is never too small', () => {
    const history = steady(5);
    expect(history.stoodAt(at(30))).toEqual({ atMs: 3000, before: false });
    expect(history.stoodAt(at(39))).toEqual({ atMs: 3000, before: false });
    expect(history.stoodAt(at(40))).toEqual({ atMs: 4000, before: false });
    expect(history.stoodAt(at(999))).toEqual({ atMs: 5000, before: false });
    expect(history.newest).toEqual(at(50));
  });

  it('is the last moment there, not the first: what comes after a pause is no older than the pause', () => {
    const history = new PositionHistory();
    for (let second = 1; second <= 100; second += 1) history.see(at(7), second * 1000);
    history.see(at(8), 101_000);
    expect(history.stoodAt(at(7))).toEqual({ atMs: 100_000, before: false });
  });

  it('is known only as "before" for positions from before the history', () => {
    expect(steady(5).stoodAt(at(3))).toEqual({ atMs: 1000, before: true });
    expect(new PositionHistory().stoodAt(at(3))).toBeUndefined();
  });

  it('is known exactly from the first message on when the giver had given nothing', () => {
    const history = new PositionHistory();
    history.see(null, 1000);
    expect(history.newest).toBeNull();
    history.see(null, 2000);
    history.see(at(500), 3000);
    expect(history.stoodAt(at(3))).toEqual({ atMs: 2000, before: false });
  });

  it('orders by major, then by minor', () => {
    const history = new PositionHistory();
    history.see(at(17, 1), 1000);
    history.see(at(17, 2), 2000);
    history.see(at(18, 0), 3000);
    expect(history.stoodAt(at(17, 2))?.atMs).toBe(2000);
    expect(history.stoodAt(at(17, 9))?.atMs).toBe(2000);
    expect(comparePositions(at(17, 9), at(18, 0))).toBeLessThan(0);
    expect([positionText(at(17, 9), true), positionText(at(17), false)]).toEqual(['17-9', '17']);
  });

  it('begins anew when positions fall: the channel was made anew', () => {
    const history = steady(5);
    history.see(at(2), 6000);
    expect(history.newest).toEqual(at(2));
    expect(history.stoodAt(at(2))).toEqual({ atMs: 6000, before: false });
    expect(history.stoodAt(at(1))).toEqual({ atMs: 6000, before: true });
  });

  it('does not go back in time when the clock of its worker is corrected', () => {
    const history = steady(5);
    history.see(at(60), 4500);
    expect(history.stoodAt(at(60))?.atMs).toBe(5000);
  });

  it('stays within its room over a day, and its ages are too large by at most an eighth and two seconds', () => {
    const day = 86_400;
    const history = steady(day);
    for (const age of [0, 1, 30, 100, 1000, 10_000, 80_000]) {
      const stood = history.stoodAt(at((day - age) * 10));
      const toldSeconds = day - (stood?.atMs ?? 0) / 1000;
      expect(toldSeconds, `${age} s`).toBeGreaterThanOrEqual(age);
      expect(toldSeconds, `${age} s`).toBeLessThanOrEqual(age * (1 + 1 / 8) + 2);
      expect(stood?.before).toBe(false);
    }
  });
});
