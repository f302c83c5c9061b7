import { describe, expect, test } from 'vitest';
import { OperatorState } from '../../../../agent/src/board/layout.ts';
import { createEpochClock } from '../../../../agent/src/thread/epoch-clock.ts';
import {
  advanceWindow,
  type LookConditions,
  longestHeldMs,
  markerAgeMs,
  markerDelayMs,
  type OperatorLook,
  type OperatorWindow,
  openWindow,
} from '../../../../agent/src/thread/operator-window.ts';

const PERIOD_MS = 10;
const { IDLE, BUSY, BACKPRESSURED, PAUSED, ENDED } = OperatorState;

function look(changes: Partial<OperatorLook> = {}): OperatorLook {
  return {
    completed: 0,
    emitted: 0,
    inFlight: 0,
    state: IDLE,
    passedEpoch: 0,
    passedAtMs: 0,
    unread: false,
    oldestAtMs: 0,
    oldestNumber: 0,
    pending: -1,
    failures: 0,
    disconnectedAtMs: 0,
    ...changes,
  };
}

function run(looks: readonly Partial<OperatorLook>[], conditions: Partial<LookConditions> = {}): OperatorWindow {
  let window = openWindow(look(looks[0]), 0);
  for (const [index, changes] of looks.entries()) {
    const nowMs = (index + 1) * PERIOD_MS;
    window = advanceWindow(window, look(changes), {
      nowMs,
      periodMs: PERIOD_MS,
      turns: true,
      stands: false,
      running: false,
      onProcessor: false,
      ...conditions,
    });
  }
  return window;
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test('it is known since when the same record has been the oldest', () => {
  const first = { oldestAtMs: 3, oldestNumber: 7 };
  expect(run([{}, first, first, first]).oldestSeenAtMs).toBe(20);
  expect(run([{}, first, first, { oldestAtMs: 3, oldestNumber: 8 }]).oldestSeenAtMs).toBe(40);
  expect(run([{}, first, {}]).oldestSeenAtMs).toBe(0);
});

test('time is added to the state that was seen', () => {
  const window = run([
    ...times(3, { state: IDLE }),
    ...times(4, { state: BUSY }),
    ...times(5, { state: BACKPRESSURED }),
    ...times(6, { state: PAUSED }),
  ]);
  expect(window).toMatchObject({ idleMs: 30, busyMs: 40, backpressuredMs: 50, pausedMs: 60 });
});

describe('the clock of a held record', () => {
  test('runs while the operator is busy and completes nothing', () => {
    expect(run(times(50, { state: BUSY, completed: 7 })).heldMs).toBe(500);
  });

  test('begins anew with a completion', () => {
    expect(run([...times(50, { state: BUSY }), { state: BUSY, completed: 1 }]).heldMs).toBe(0);
  });

  test.each([IDLE, BACKPRESSURED, PAUSED, ENDED])('stands at 0 in state %i', (state) => {
    expect(run([...times(50, { state: BUSY }), { state }]).heldMs).toBe(0);
  });

  test('is for those who only wait for a blocked event loop what it was when that fell silent, and goes on from there', () => {
    const silent = { periodMs: PERIOD_MS, turns: false, stands: false, running: false, onProcessor: false };
    let window = run(times(5, { state: BUSY }));
    const go = (untilMs: number, conditions: Partial<LookConditions> = {}) => {
      while (window.seenAtMs < untilMs)
        window = advanceWindow(window, look({ state: BUSY }), {
          ...silent,
          ...conditions,
          nowMs: window.seenAtMs + PERIOD_MS,
        });
      return window.heldMs;
    };
    // A silence may be over before it counts as a block: then it was nothing but time that passed.
    expect(go(100)).toBe(100);
    expect(go(120, { turns: true })).toBe(120);
    expect(go(300)).toBe(300);
    expect(go(900, { stands: true })).toBe(120);
    expect(go(910, { turns: true })).toBe(130);
  });

  test('runs for the operator that blocks the loop, whatever state was published before', () => {
    expect(run(times(50, { state: IDLE }), { turns: false, stands: true, running: true }).heldMs).toBe(500);
  });

  test('gains at most two periods from one look, and a state at most three', () => {
    const opened = openWindow(look({ state: BUSY }), 0);
    const conditions = {
      nowMs: 60_000,
      periodMs: PERIOD_MS,
      turns: true,
      stands: false,
      running: false,
      onProcessor: false,
    };
    expect(advanceWindow(opened, look({ state: BUSY }), conditions)).toMatchObject({ heldMs: 20, busyMs: 30 });
  });
});

test('what it holds cannot have been taken before the look that came before its last completion, however late looks come', () => {
  const late = { periodMs: PERIOD_MS, turns: true, stands: false, running: false, onProcessor: false };
  const idle = run(times(3, { state: IDLE }));
  const taken = advanceWindow(idle, look({ state: BUSY, completed: 1 }), { ...late, nowMs: 700 });
  const held = advanceWindow(taken, look({ state: BUSY, completed: 1, oldestAtMs: 100 }), { ...late, nowMs: 5000 });
  expect(held).toMatchObject({ heldMs: 20, heldFromMs: 30 });
  expect(longestHeldMs(held, 5000)).toBe(4970);
  expect(longestHeldMs(advanceWindow(held, look({ state: BUSY, completed: 2 }), { ...late, nowMs: 5010 }), 5010)).toBe(
    10,
  );
  // Others go on: the oldest record is still held.
  const others = advanceWindow(held, look({ state: IDLE, completed: 9, oldestAtMs: 100 }), { ...late, nowMs: 6000 });
  expect(longestHeldMs(others, 6000)).toBe(5900);
  expect(longestHeldMs(undefined, 6000)).toBe(0);
});

test('a look in the middle of synchronous work counts as busy, and holds nothing', () => {
  const seen = run(
    [{}, {}, {}, {}].map(() => ({ state: IDLE })),
    { onProcessor: true },
  );
  expect(seen).toMatchObject({ busyMs: 40, idleMs: 0, heldMs: 0 });
});

test('progress is remembered by the look that saw it', () => {
  expect(run([{}, { completed: 1 }, { completed: 1 }]).progressAtMs).toBe(20);
  expect(run([{}, {}]).progressAtMs).toBe(0);
});

describe('markers', () => {
  const epochs = createEpochClock();
  for (let nowMs = 0; nowMs <= 4000; nowMs += 1000) epochs.tick(nowMs, 1000);

  test.each([
    { story: 'the oldest epoch that waits gives the age', changes: { passedEpoch: 2 }, ageMs: 2500 },
    { story: 'none waits', changes: { passedEpoch: 5 }, ageMs: 0 },
    { story: 'the input is finished', changes: { passedEpoch: Number.POSITIVE_INFINITY }, ageMs: 0 },
    { story: 'the operator has ended', changes: { passedEpoch: 1, state: ENDED }, ageMs: 0 },
    { story: 'nothing was passed yet', changes: { passedEpoch: 0 }, ageMs: 4500 },
  ])('age: $story', ({ changes, ageMs }) => {
    expect(markerAgeMs(look(changes), epochs, 4500)).toBe(ageMs);
  });

  test.each([
    { story: 'from its source to here', changes: { passedEpoch: 3, passedAtMs: 2150 }, delayMs: 150 },
    { story: 'none passed', changes: { passedEpoch: 0, passedAtMs: 0 }, delayMs: 0 },
    { story: 'finished', changes: { passedEpoch: Number.POSITIVE_INFINITY, passedAtMs: 9 }, delayMs: 0 },
    { story: 'at once, which is not the same as never', changes: { passedEpoch: 3, passedAtMs: 2000 }, delayMs: 1e-6 },
    { story: 'seen before it was written', changes: { passedEpoch: 3, passedAtMs: 1000 }, delayMs: 1e-6 },
  ])('delay: $story', ({ changes, delayMs }) => {
    expect(markerDelayMs(look(changes), epochs)).toBe(delayMs);
  });
});
