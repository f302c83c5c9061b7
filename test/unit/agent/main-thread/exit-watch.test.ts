import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Board, createBoard } from '../../../../agent/src/board/board.ts';
import { Control } from '../../../../agent/src/board/layout.ts';
import { watchExit } from '../../../../agent/src/main-thread/exit-watch.ts';
import type { ToThread } from '../../../../agent/src/thread/messages.ts';
import type { PendingOperator } from '../../../../agent/src/tracker.ts';

/** No clock is needed to see whether the exit was waited for: the wait leaves the cell as it is when it times out. */
let board: Board;
let posted: ToThread[];
let pending: readonly PendingOperator[];
let answer: () => void;
let unwatch: () => void;

beforeEach(() => {
  board = createBoard();
  posted = [];
  pending = [];
  answer = () => undefined;
  unwatch = watchExit({
    board,
    publish: () => undefined,
    post: (message) => {
      posted.push(message);
      answer();
    },
    tracker: {
      pending: () => pending,
      inspect: () => ({ name: 'enrich', functions: [], callbackOutstanding: true }),
    },
    files: () => ['/app/main.mjs'],
  });
});
afterEach(() => unwatch());

/** What Node.js does when the process exits, for our listener alone. */
function exit(code: number): void {
  process.listeners('exit').at(-1)?.call(process, code);
}

/** The same when the event loop has nothing left to wait for. */
function runDry(): void {
  process.listeners('beforeExit').at(-1)?.call(process, 0);
}

test('an answer that is there before the main thread waits is not overwritten', () => {
  board.control[Control.FAREWELL] = 1;
  answer = () => Atomics.store(board.control, Control.EXIT, 2);
  exit(3);
  expect(posted).toEqual([{ type: 'exit', code: 3 }]);
  expect(board.control[Control.EXIT]).toBe(2);
});

test('an agent thread that never answers keeps the process for less than 50 ms', () => {
  board.control[Control.FAREWELL] = 1;
  const wait = vi.spyOn(Atomics, 'wait');
  exit(0);
  expect(board.control[Control.EXIT]).toBe(1);
  expect(wait.mock.calls.map(([, , , timeoutMs]) => timeoutMs)).toEqual([40]);
  wait.mockRestore();
});

test('a message that cannot be posted does not keep the process', () => {
  board.control[Control.FAREWELL] = 1;
  answer = () => {
    throw new Error('the thread is gone');
  };
  expect(() => exit(0)).not.toThrow();
});

test('an event loop that runs dry is told with what was pending then and has not gone on, and with nothing else', () => {
  board.control[Control.FAREWELL] = 1;
  pending = [1, 2].map((id) => ({ id, completed: 5 }));
  runDry();
  pending = [
    { id: 1, completed: 6 },
    { id: 2, completed: 5 },
    { id: 3, completed: 0 },
  ];
  exit(13);
  expect(posted).toMatchObject([
    { code: 13, drained: { unfinished: [{ id: 2, callbackOutstanding: true }], files: ['/app/main.mjs'] } },
  ]);
});

test('nothing pending is told as that', () => {
  board.control[Control.FAREWELL] = 1;
  runDry();
  exit(0);
  expect(posted).toEqual([{ type: 'exit', code: 0, drained: { unfinished: [], files: [] } }]);
});

test('an exit that somebody calls for, before or after the loop has gone on again, is no dry loop', async () => {
  board.control[Control.FAREWELL] = 1;
  pending = [{ id: 1, completed: 5 }];
  exit(0);
  runDry();
  await nextTurn();
  exit(0);
  expect(posted).toEqual([
    { type: 'exit', code: 0 },
    { type: 'exit', code: 0 },
  ]);
});

test('without anybody to tell it to, nobody is looked at', () => {
  const look = vi.fn(() => pending);
  unwatch();
  const publish = vi.fn();
  const tracker = { pending: look, inspect: () => undefined };
  unwatch = watchExit({ board, publish, post: (message) => posted.push(message), tracker, files: () => [] });
  runDry();
  exit(0);
  expect(look).not.toHaveBeenCalled();
  expect(publish).toHaveBeenCalledTimes(1);
});
