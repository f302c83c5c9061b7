import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Board, createBoard } from '../../../../agent/src/board/board.ts';
import { Control } from '../../../../agent/src/board/layout.ts';
import { createWorkerThreads, MAX_THREADS, type WorkerThreads } from '../../../../agent/src/thread/worker-threads.ts';

const CHANNEL = 'threads of the test';

let threads: WorkerThreads;
let ended: number[];
beforeEach(() => {
  ended = [];
  const tellers = { onUntested: () => {}, onTask: () => {}, onEnded: (thread: number) => void ended.push(thread) };
  threads = createWorkerThreads(
    CHANNEL,
    (run) => run(),
    () => 0,
    tellers,
  );
});
afterEach(() => threads.stop());

/** A thread that introduces itself, and waits until it is welcome or switched off. */
async function meet(thread: number): Promise<Board> {
  const board = createBoard();
  const common = new BroadcastChannel(CHANNEL);
  common.postMessage({ thread, systemThread: 0, memory: board.memory });
  const isHeard = (): boolean =>
    [Control.WELCOME, Control.STOP].some((cell) => Atomics.load(board.control, cell) === 1);
  await vi.waitFor(() => expect(isHeard()).toBe(true), 5000);
  common.close();
  return board;
}

const isWelcome = ({ control }: Board): boolean => Atomics.load(control, Control.WELCOME) === 1;
const isSwitchedOff = ({ control }: Board): boolean => Atomics.load(control, Control.STOP) === 1;
const ids = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

test('a thread more than are tracked at once is switched off and counted, and nothing happens to the others', async () => {
  const tracked = await Promise.all(ids(1, MAX_THREADS).map(meet));
  const late = await meet(MAX_THREADS + 1);
  expect([isWelcome(late), isSwitchedOff(late)]).toEqual([false, true]);
  expect(tracked.every((board) => isWelcome(board) && !isSwitchedOff(board))).toBe(true);
  expect(threads.dropped).toBe(1);
  expect(threads.graphs).toHaveLength(MAX_THREADS);
});

test('more in all than are tracked at once come and go: none is kept and none is left out', async () => {
  for (const thread of ids(1, MAX_THREADS + 8)) {
    const board = await meet(thread);
    expect(isWelcome(board)).toBe(true);
    threads.child(0, { type: 'thread-ended', id: thread });
  }
  expect(ended).toEqual(ids(1, MAX_THREADS + 8));
  expect(threads.dropped).toBe(0);
  // Nobody has asked for reports: those that are gone have made room for those that came.
  expect(threads.graphs).toHaveLength(MAX_THREADS);
  threads.forgetEnded();
  expect(threads.graphs).toEqual([]);
});
