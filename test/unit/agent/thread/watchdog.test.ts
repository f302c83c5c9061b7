import { expect, test } from 'vitest';
import {
  createWatchdog,
  leavesDoubt,
  type WatchdogLook,
  type WatchdogVerdict,
} from '../../../../agent/src/thread/watchdog.ts';

const PERIOD_MS = 10;
const LIMIT_MS = 1000;

/** Looks every period from `fromMs` to `toMs`; the beat is what the story says. */
function watch(
  watchdog: ReturnType<typeof createWatchdog>,
  fromMs: number,
  toMs: number,
  story: (nowMs: number) => Partial<WatchdogLook>,
): WatchdogVerdict[] {
  const verdicts: WatchdogVerdict[] = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += PERIOD_MS) {
    verdicts.push(
      watchdog.look({
        nowMs,
        periodMs: PERIOD_MS,
        beatMs: 0,
        loopStarted: true,
        runningOperator: 0,
        held: false,
        limitMs: LIMIT_MS,
        ...story(nowMs),
      }),
    );
  }
  return verdicts;
}

test('a loop that beats is never blocked', () => {
  const verdicts = watch(createWatchdog(), 0, 5000, (nowMs) => ({ beatMs: Math.floor(nowMs / 50) * 50 }));
  expect(verdicts.every(({ blockedMs, change }) => blockedMs === 0 && change === 'none')).toBe(true);
});

test('a silent loop counts as blocked at the threshold and not a look later', () => {
  const verdicts = watch(createWatchdog(), 0, 1500, () => ({ beatMs: 0 }));
  const first = verdicts.findIndex(({ change }) => change === 'blocked');
  expect(first * PERIOD_MS).toBe(LIMIT_MS);
  expect(verdicts[first]).toMatchObject({ silentMs: LIMIT_MS, blockedMs: LIMIT_MS });
  expect(verdicts.at(-1)?.blockedMs).toBe(1500);
  expect(verdicts.filter(({ change }) => change === 'blocked')).toHaveLength(1);
});

test('the first beat after a block ends it', () => {
  const watchdog = createWatchdog();
  watch(watchdog, 0, 1500, () => ({ beatMs: 0 }));
  const [verdict] = watch(watchdog, 1510, 1510, () => ({ beatMs: 1505 }));
  expect(verdict).toEqual({ silentMs: 5, blockedMs: 0, turns: true, stands: false, change: 'resumed' });
});

test('a search of the heap is no silence, and neither ends one nor makes it longer', () => {
  const turning = createWatchdog();
  watch(turning, 0, 500, (nowMs) => ({ beatMs: nowMs }));
  const searched = watch(turning, 510, 5000, () => ({ beatMs: 500, held: true }));
  expect(searched.every(({ turns, stands }) => turns && !stands)).toBe(true);
  const silent = createWatchdog();
  watch(silent, 0, 600, () => ({ beatMs: 0 }));
  const still = watch(silent, 610, 5000, () => ({ beatMs: 0, held: true }));
  expect(still.at(-1)).toEqual({ silentMs: 600, blockedMs: 0, turns: false, stands: true, change: 'none' });
  expect(watch(silent, 5010, 5400, () => ({ beatMs: 0 })).at(-1)).toMatchObject({ blockedMs: 1000, change: 'blocked' });
  expect(watch(silent, 5410, 6000, () => ({ beatMs: 0, held: true })).at(-1)).toMatchObject({ blockedMs: 1000 });
});

test('a process that was suspended for an hour was not blocked for an hour', () => {
  const watchdog = createWatchdog();
  watch(watchdog, 0, 500, (nowMs) => ({ beatMs: nowMs }));
  const [verdict] = watch(watchdog, 3_600_500, 3_600_500, () => ({ beatMs: 500 }));
  expect(verdict?.silentMs).toBe(3 * PERIOD_MS);
});

test('a block whose silence holds a pause of the agent’s own clock is told again, until it is longer without', () => {
  const verdict = (silentMs: number, blockedMs = silentMs) => ({ silentMs, blockedMs });
  expect(leavesDoubt(verdict(1022), 30, 1000)).toBe(true);
  expect(leavesDoubt(verdict(1022), 22, 1000)).toBe(false);
  expect(leavesDoubt(verdict(1130), 30, 1000)).toBe(false);
  expect(leavesDoubt(verdict(400, 0), 30, 1000)).toBe(false);
});

test('the loading of modules is no blocked loop', () => {
  const verdicts = watch(createWatchdog(), 0, 10_000, () => ({ loopStarted: false }));
  expect(verdicts.every(({ silentMs }) => silentMs === 0)).toBe(true);
});

test('a record that blocks before the loop has turned once is seen, counted from the record and not from the start', () => {
  const verdicts = watch(createWatchdog(), 0, 5000, (nowMs) => ({
    loopStarted: false,
    runningOperator: nowMs >= 3000 ? 1 : 0,
  }));
  const first = verdicts.findIndex(({ change }) => change === 'blocked');
  expect(first * PERIOD_MS).toBeGreaterThanOrEqual(3000 + LIMIT_MS - PERIOD_MS);
  expect(first * PERIOD_MS).toBeLessThanOrEqual(3000 + LIMIT_MS + PERIOD_MS);
});
