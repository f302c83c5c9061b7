import { expect, test } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { Control } from '../../../../agent/src/board/layout.ts';
import { createFaults, MAX_FAULTS } from '../../../../agent/src/thread/faults.ts';

test('a guarded function never throws, and its faults are counted', () => {
  const board = createBoard();
  const { guard } = createFaults(board, () => undefined);
  guard(() => {
    throw new Error('ours');
  })();
  expect(board.control[Control.AGENT_ERRORS]).toBe(1);
  expect(board.control[Control.STOP]).toBe(0);
});

test('after too many faults the agent stops and says so once', () => {
  const board = createBoard();
  const lines: string[] = [];
  const { count } = createFaults(board, (line) => lines.push(line));
  for (let fault = 0; fault < MAX_FAULTS * 3; fault++) count(new RangeError(`fault ${fault}`));
  expect(board.control[Control.STOP]).toBe(1);
  expect(lines).toEqual(['switched off after repeated faults: RangeError: fault 9']);
});

test('both threads count together, and one of them speaks', () => {
  const board = createBoard();
  const lines: string[] = [];
  const main = createFaults(board, (line) => lines.push(line));
  const thread = createFaults(board, (line) => lines.push(line));
  for (let fault = 0; fault < MAX_FAULTS; fault++) (fault % 2 === 0 ? main : thread).count(new Error('x'));
  main.count(new Error('y'));
  expect(lines).toHaveLength(1);
});

test('a fault that cannot be shown is survived as well', () => {
  const lines: string[] = [];
  const { count } = createFaults(createBoard(), (line) => lines.push(line));
  const hostile = {
    toString() {
      throw new Error('no');
    },
  };
  for (let fault = 0; fault < MAX_FAULTS; fault++) count(hostile);
  expect(lines).toEqual(['switched off after repeated faults: unknown fault']);
});
