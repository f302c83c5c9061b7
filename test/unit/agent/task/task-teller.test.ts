import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AgentError } from '../../../../agent/src/errors.ts';
import { offerTaskSlots, runTask, trackTask } from '../../../../agent/src/explicit/tasks.ts';
import { HELPER_KEY } from '../../../../agent/src/sample/main-helper.ts';
import type { TaskMessage } from '../../../../agent/src/task/task-messages.ts';
import { createTaskTeller, MAX_TASKS, type TaskTeller } from '../../../../agent/src/task/task-teller.ts';

let nowMs: number;
let posted: TaskMessage[];
let dropped: number;
let teller: TaskTeller;

beforeEach(() => {
  nowMs = 0;
  posted = [];
  dropped = 0;
  teller = createTaskTeller({
    post: (message) => posted.push(message),
    nowMs: () => nowMs,
    unixMs: () => 1000 + nowMs,
    onDropped: () => {
      dropped += 1;
    },
  });
});

const words = (): string[] => posted.map((message) => ('state' in message ? message.state : `${message.slots} slots`));

test('every state is told once, and nothing after the end', () => {
  const task = teller.track({ task: 'order-17', job: 'orders', state: 'received' });
  task?.state('running');
  task?.state('running');
  task?.finish('failed', 'no such customer');
  task?.finish('succeeded');
  task?.state('received');
  expect(words()).toEqual(['received', 'running', 'failed']);
  expect(posted[0]).toMatchObject({ task: 'order-17', job: 'orders', unixMs: 1000 });
  expect(posted[2]).toMatchObject({ type: 'task-end', message: 'no such customer' });
});

test('tasks that are never ended do not fill the memory, and those that come too fast are counted', () => {
  for (let count = 0; count < 5000; count++) teller.track({ task: `t${count}`, job: '', state: 'received' });
  expect(posted).toHaveLength(MAX_TASKS);
  expect(dropped).toBe(5000 - MAX_TASKS);
  for (let count = 0; count < 100_000; count++) {
    nowMs += 0.1;
    teller.track({ task: 'x', job: '', state: 'received' })?.finish('succeeded');
  }
  expect(posted).toHaveLength(MAX_TASKS);
});

test('a task that goes to and fro for ever is told no more', () => {
  const task = teller.track({ task: 't', job: '', state: 'received' });
  for (let count = 0; count < 100_000; count++) task?.state(count % 2 === 0 ? 'running' : 'waiting-for-worker');
  task?.finish('succeeded');
  expect(posted.length).toBeLessThan(200);
  expect(words().at(-1)).toBe('succeeded');
});

test('a state that is none says nothing', () => {
  const task = teller.track({ task: 't', job: '', state: 'received' });
  task?.state('exploded' as never);
  task?.finish('running' as never);
  task?.finish('cancelled', 7 as never);
  expect(words()).toEqual(['received', 'cancelled']);
});

test('once stopped it tells nothing', () => {
  const task = teller.track({ task: 't', job: '', state: 'received' });
  teller.stop();
  task?.state('running');
  task?.finish('succeeded');
  teller.slots(4);
  expect(teller.track({ task: 'u', job: '', state: 'received' })).toBeUndefined();
  expect(words()).toEqual(['received']);
});

describe('in the code of a program', () => {
  const install = (): void => {
    const helper = { trackTask: teller.track, offerTaskSlots: teller.slots };
    Object.defineProperty(globalThis, HELPER_KEY, { value: helper, configurable: true });
  };
  afterEach(() => void delete (globalThis as { [HELPER_KEY]?: unknown })[HELPER_KEY]);

  test('a function runs as a task, and what it gives or throws passes unchanged', async () => {
    install();
    const error = new Error('no');
    await expect(runTask({ task: 'a' }, () => 7)).resolves.toBe(7);
    await expect(runTask({ task: 'b' }, () => Promise.reject(error))).rejects.toBe(error);
    expect(words()).toEqual(['running', 'succeeded', 'running', 'failed']);
    expect(posted.at(-1)).toMatchObject({ message: 'Error: no' });
    offerTaskSlots(4);
    expect(words().at(-1)).toBe('4 slots');
  });

  test('without an agent everything is taken and nothing happens', async () => {
    const task = trackTask({ task: 'a' });
    task.state('running');
    task.finish('succeeded');
    offerTaskSlots(1);
    const run = vi.fn(async () => 'done');
    expect(await runTask({ task: 'a' }, run)).toBe('done');
    expect(run).toHaveBeenCalledOnce();
  });

  test.each([
    [() => trackTask({ task: ' ' }), 'task has to be a text'],
    [() => trackTask({ task: 7 as never }), 'task has to be a text'],
    [() => trackTask({ task: 'a', job: 7 as never }), 'job has to be a text'],
    [() => trackTask({ task: 'a', state: 'succeeded' as never }), 'state has to be one of received'],
    [() => offerTaskSlots(-1), 'slots has to be a whole number'],
  ])('what cannot be used is named with its mend: %s', (call, fault) => {
    try {
      call();
      expect.unreachable();
    } catch (error) {
      expect(AgentError.is(error) && error.code).toBe('SG_AGENT_TASK');
      expect((error as Error).message).toContain(fault);
    }
  });
});
