import { beforeEach, expect, test } from 'vitest';
import { type Board, createBoard } from '../../../../agent/src/board/board.ts';
import { Clock, Control } from '../../../../agent/src/board/layout.ts';
import { createMainThreadSilence, type MainThreadSilence } from '../../../../agent/src/thread/main-thread-silence.ts';

const PERIOD_MS = 50;
const LIMIT_MS = 1000;

let board: Board;
let nowMs: number;
let spentMs: number | undefined;
let silence: MainThreadSilence;

beforeEach(() => {
  board = createBoard();
  board.control[Control.LOOP_STARTED] = 1;
  nowMs = 0;
  spentMs = 200;
  silence = createMainThreadSilence(board, () => spentMs);
});

/** Looks go on for so long; a thread that turns beats before each. */
function pass(ms: number, thread: 'turns' | 'is silent'): void {
  for (const endMs = nowMs + ms; nowMs < endMs; ) {
    nowMs += PERIOD_MS;
    if (thread === 'turns') board.clock[Clock.BEAT_MS] = nowMs;
    silence.look({ nowMs, periodMs: PERIOD_MS, limitMs: LIMIT_MS });
  }
}

test('blocks have numbers, and one that is over keeps its own until the next begins', () => {
  pass(1000, 'turns');
  expect([silence.verdict.turns, silence.verdict.blockedMs, silence.block]).toEqual([true, 0, 0]);
  pass(1500, 'is silent');
  expect([silence.verdict.turns, silence.verdict.blockedMs > 0, silence.block]).toEqual([false, true, 1]);
  pass(1000, 'turns');
  expect([silence.verdict.turns, silence.verdict.blockedMs, silence.block]).toEqual([true, 0, 1]);
  pass(1500, 'is silent');
  expect(silence.block).toBe(2);
});

test('what it spends is counted from when it was first seen not to turn', () => {
  pass(500, 'turns');
  expect(silence.spentMs()).toBeUndefined();
  pass(200, 'is silent');
  spentMs = 450;
  expect(silence.spentMs()).toBe(250);
  spentMs = undefined;
  expect(silence.spentMs()).toBeUndefined();
  spentMs = 500;
  pass(PERIOD_MS, 'turns');
  expect(silence.spentMs()).toBeUndefined();
});

test('while the agent itself holds it up it counts as alive', () => {
  pass(500, 'turns');
  silence.hold(true);
  pass(5000, 'is silent');
  expect(silence.verdict.turns).toBe(true);
  silence.hold(false);
  pass(1500, 'is silent');
  expect(silence.block).toBe(1);
});

test('a debugger that paused it in one block says nothing of the next, not even in the look that finds it', () => {
  pass(500, 'turns');
  pass(1500, 'is silent');
  expect([silence.seePaused(true), silence.seePaused(true), silence.paused]).toEqual([true, false, true]);
  pass(500, 'turns');
  expect(silence.paused).toBe(false);
  do pass(PERIOD_MS, 'is silent');
  while (silence.verdict.change !== 'blocked');
  expect(silence.paused).toBe(false);
  expect([silence.seePaused(true), silence.seePaused(false), silence.paused]).toEqual([true, true, false]);
});
