import { LIMITS, type TaskResult, TaskState } from '@streamgauge/proto';
import { beforeEach, expect, test } from 'vitest';
import { createTaskBook, type TaskBook } from '../../../../agent/src/task/task-book.ts';
import type { EndState, GoingState } from '../../../../agent/src/task/task-states.ts';

const PERIOD_MS = 2000;
let nowMs: number;
let results: TaskResult[];
let book: TaskBook;

beforeEach(() => {
  nowMs = 0;
  results = [];
  book = createTaskBook({ nowMs: () => nowMs, periodMs: PERIOD_MS, onResult: (_at, result) => results.push(result) });
});

const begin = (number: number, state: GoingState = 'received', thread = 0): void =>
  book.apply(thread, { type: 'task', number, task: `t${number}`, job: '', state, unixMs: nowMs });
const enter = (number: number, state: GoingState): void =>
  book.apply(0, { type: 'task-state', number, state, unixMs: nowMs });
const end = (number: number, state: EndState): void =>
  book.apply(0, { type: 'task-end', number, state, message: '', unixMs: nowMs });
const told = (): string[] => book.news()?.tasks.map(({ task, state }) => `${task}=${state}`) ?? [];

test('only what has changed and has lasted a period is told, and once', () => {
  begin(1);
  nowMs += 1000;
  begin(2, 'running');
  expect(told()).toEqual([]);
  nowMs += 1000;
  expect(told()).toEqual([`t1=${TaskState.RECEIVED}`]);
  enter(1, 'running');
  nowMs += 1500;
  expect(told()).toEqual([`t2=${TaskState.RUNNING}`]);
  nowMs += 1000;
  expect(told()).toEqual([`t1=${TaskState.RUNNING}`]);
  nowMs += 100_000;
  expect(told()).toEqual([]);
});

test('a task that was too short for a heartbeat is told by its result, with everything it went through', () => {
  begin(1);
  nowMs += 5;
  enter(1, 'waiting-for-worker');
  enter(1, 'waiting-for-launch');
  enter(1, 'running');
  nowMs += 5;
  end(1, 'succeeded');
  expect(results).toMatchObject([
    {
      task: 't1',
      state: TaskState.SUCCEEDED,
      transitions: [
        { state: TaskState.RECEIVED, atUnixNano: 0n },
        { state: TaskState.WAITING_FOR_WORKER, atUnixNano: 5_000_000n },
        { state: TaskState.WAITING_FOR_LAUNCH },
        { state: TaskState.RUNNING },
        { state: TaskState.SUCCEEDED, atUnixNano: 10_000_000n },
      ],
    },
  ]);
  nowMs += PERIOD_MS;
  expect(told()).toEqual([]);
});

test('of a task that goes to and fro the first and the last states are told', () => {
  begin(1);
  for (let count = 0; count < 100; count++) enter(1, count % 2 === 0 ? 'waiting-for-worker' : 'running');
  end(1, 'cancelled');
  const [result] = results;
  expect(result?.transitions).toHaveLength(LIMITS.TRANSITIONS_PER_TASK);
  expect(result?.transitions[0]?.state).toBe(TaskState.RECEIVED);
  expect(result?.transitions.at(-1)?.state).toBe(TaskState.CANCELLED);
});

test('a new connection is told what goes on', () => {
  begin(1, 'running');
  nowMs += PERIOD_MS;
  expect(told()).toEqual([`t1=${TaskState.RUNNING}`]);
  book.forgetTold();
  expect(told()).toEqual([`t1=${TaskState.RUNNING}`]);
});

test('what does not fit into one heartbeat comes with the next', () => {
  for (let number = 1; number <= 300; number++) begin(number, 'running');
  nowMs += PERIOD_MS;
  expect(told()).toHaveLength(LIMITS.TASKS_PER_HEARTBEAT);
  expect(told()).toHaveLength(300 - LIMITS.TASKS_PER_HEARTBEAT);
});

test('results that come too fast are counted, and the end of a task that was told is told by a heartbeat', () => {
  begin(1, 'running');
  nowMs += PERIOD_MS;
  expect(told()).toEqual([`t1=${TaskState.RUNNING}`]);
  for (let number = 2; number <= 1000; number++) {
    begin(number);
    end(number, 'succeeded');
  }
  end(1, 'failed');
  expect(results).toHaveLength(200);
  expect(book.dropped).toBe(800);
  expect(told()).toEqual([`t1=${TaskState.FAILED}`]);
  expect(told()).toEqual([]);
});

test('with a thread its tasks are lost, and those of others go on', () => {
  begin(1, 'running', 3);
  begin(1, 'running', 0);
  book.endThread(3, nowMs);
  expect(results).toMatchObject([{ task: 't1', state: TaskState.LOST }]);
  nowMs += PERIOD_MS;
  expect(told()).toEqual([`t1=${TaskState.RUNNING}`]);
});

test('capacity is told when it changes: the slots of all threads, less the tasks that take one', () => {
  expect(book.news()).toBeUndefined();
  book.apply(0, { type: 'task-slots', slots: 2 });
  book.apply(5, { type: 'task-slots', slots: 1 });
  expect(book.news()?.capacity).toEqual({ slots: 3, free: 3 });
  begin(1, 'running');
  begin(2, 'waiting-for-worker');
  expect(book.news()?.capacity).toEqual({ slots: 3, free: 2 });
  expect(book.news()).toBeUndefined();
  book.endThread(5, nowMs);
  expect(book.news()?.capacity).toEqual({ slots: 2, free: 1 });
  book.endThread(0, nowMs);
  expect(book.news()?.capacity).toEqual({ slots: 0, free: 0 });
});

test('words on tasks that are not known change nothing', () => {
  enter(7, 'running');
  end(7, 'failed');
  expect(results).toEqual([]);
});
