import { expect, test } from 'vitest';
import { type Board, createBoard } from '../../../../agent/src/board/board.ts';
import { EdgeCell, OperatorCell, OperatorState } from '../../../../agent/src/board/layout.ts';
import type { ToThread } from '../../../../agent/src/thread/messages.ts';
import { createTopology } from '../../../../agent/src/thread/topology.ts';

const conditions = (nowMs: number) => ({ nowMs, periodMs: 10, turns: true, stands: false });

function announce(id: number, slot: number): ToThread {
  return {
    type: 'operator',
    id,
    slot,
    name: `operator ${id}`,
    kind: 'transform',
    unit: 'records',
    location: undefined,
    leg: undefined,
  };
}

function publish(board: Board, slot: number, id: number, completed: number, state: OperatorState): void {
  const at = slot * OperatorCell.STRIDE;
  board.operators[at + OperatorCell.COMPLETED] = completed;
  board.operators[at + OperatorCell.STATE] = state;
  board.operators[at + OperatorCell.ID] = id;
}

test('an operator is read from its slot', () => {
  const board = createBoard();
  const topology = createTopology(board);
  publish(board, 3, 9, 0, OperatorState.IDLE);
  topology.apply(announce(9, 3), 0);
  publish(board, 3, 9, 5, OperatorState.BUSY);
  topology.look(conditions(10), 0);
  expect(topology.operators.get(9)?.window).toMatchObject({ look: { completed: 5 }, busyMs: 10, progressAtMs: 10 });
});

test('a slot that somebody else has taken is not read any more', () => {
  const board = createBoard();
  const topology = createTopology(board);
  publish(board, 3, 9, 5, OperatorState.BUSY);
  topology.apply(announce(9, 3), 0);
  publish(board, 3, 10, 77, OperatorState.BUSY);
  topology.look(conditions(10), 0);
  expect(topology.operators.get(9)?.window.look.completed).toBe(5);
});

test('an ended operator keeps its last numbers until it was reported, then it is gone', () => {
  const board = createBoard();
  const topology = createTopology(board);
  topology.apply(announce(9, 3), 0);
  topology.apply({ type: 'operator-ended', id: 9, completed: 42, emitted: 41 }, 5);
  topology.look(conditions(10), 0);
  const operator = topology.operators.get(9);
  expect(operator?.window.look).toMatchObject({
    completed: 42,
    emitted: 41,
    state: OperatorState.ENDED,
    passedEpoch: Number.POSITIVE_INFINITY,
  });
  topology.forgetEnded();
  expect(topology.operators.size).toBe(0);
});

test('ended operators that nobody hears of do not pile up, and what was forgotten is counted', () => {
  const topology = createTopology(createBoard());
  for (let id = 1; id <= 2000; id++) {
    topology.apply(announce(id, 0), 0);
    topology.apply({ type: 'operator-ended', id, completed: 1, emitted: 1 }, 0);
  }
  expect(topology.operators.size).toBe(512);
  expect(topology.forgotten).toBe(2000 - 512);
});

test('an edge is closed when its giver has ended, and gone when its target says so', () => {
  const board = createBoard();
  const topology = createTopology(board);
  const edge: ToThread = {
    type: 'edge',
    id: 4,
    slot: 2,
    sourceId: 1,
    targetId: 2,
    capacity: 16,
    back: false,
    carries: true,
  };
  topology.apply(edge, 0);
  const at = 2 * EdgeCell.STRIDE;
  board.edges[at + EdgeCell.ID] = 4;
  board.edges[at + EdgeCell.QUEUED] = 3;
  board.edges[at + EdgeCell.CLOSED] = 1;
  topology.look(conditions(10), 0);
  expect(topology.edges.get(4)).toMatchObject({ queued: 3, closed: true, ended: false });
  board.edges[at + EdgeCell.ID] = 5;
  board.edges[at + EdgeCell.QUEUED] = 99;
  topology.look(conditions(15), 0);
  expect(topology.edges.get(4)?.queued).toBe(3);
  topology.apply({ type: 'edge-ended', id: 4 }, 20);
  expect(topology.edges.get(4)).toMatchObject({ queued: 0, closed: true, ended: true });
  topology.forgetEnded();
  expect(topology.edges.size).toBe(0);
});

test('messages about operators and edges that are not known change nothing', () => {
  const topology = createTopology(createBoard());
  topology.apply({ type: 'operator-ended', id: 1, completed: 0, emitted: 0 }, 0);
  topology.apply({ type: 'edge-ended', id: 1 }, 0);
  expect(topology.operators.size + topology.edges.size + topology.forgotten).toBe(0);
});
