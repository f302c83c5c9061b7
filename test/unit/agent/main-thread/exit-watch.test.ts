import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Board, createBoard } from '../../../../agent/src/board/board.ts';
import { Control } from '../../../../agent/src/board/layout.ts';
import { watchExit } from '../../../../agent/src/main-thread/exit-watch.ts';
import type { ToThread } from '../../../../agent/src/thread/messages.ts';

/** No clock is needed to see whether the exit was waited for: the wait leaves the cell as it is when it times out. */
let board: Board;
let posted: ToThread[];
let answer: () => void;
let unwatch: () => void;

beforeEach(() => {
  board = createBoard();
  posted = [];
  answer = () => undefined;
  unwatch = watchExit(
    board,
    () => undefined,
    (message) => {
      posted.push(message);
      answer();
    },
  );
});
afterEach(() => unwatch());

/** What Node.js does when the process exits, for our listener alone. */
function exit(code: number): void {
  process.listeners('exit').at(-1)?.call(process, code);
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
