import { create, EventSchema, HeartbeatSchema, HelloSchema, TaskState, Topic } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { silentLogger } from '../../../../monitor/src/log.ts';
import type { TaskFacts } from '../../../../monitor/src/model/worker-tasks.ts';
import { createProgressMonitor } from '../../../../monitor/src/progress/progress-monitor.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { limits } from '../../../support/story.ts';

function story() {
  const clock = new FakeClock();
  const lost: string[] = [];
  const monitor = createProgressMonitor({
    clock,
    limits,
    store: { saveIncident: async () => {} },
    requestSample: () => false,
    logger: silentLogger,
    onTasksLost: ({ worker }, tasks: readonly TaskFacts[]) =>
      lost.push(`${worker}: ${tasks.map(({ task }) => task).join(' ')}`),
  });
  const connect = (session = 's1'): void =>
    monitor.workerConnected(create(HelloSchema, { worker: 'pool-1', job: 'pool', session }));
  const beat = (tasks: { task: string; state: TaskState; job?: string }[], free?: number): void =>
    monitor.tasksTold(
      'pool-1',
      create(HeartbeatSchema, { tasks, ...(free === undefined ? {} : { capacity: { slots: 2, free } }) }),
    );
  const end = (task: string, state: TaskState): void =>
    monitor.eventStored(
      'pool-1',
      create(EventSchema, {
        topic: Topic.STATUS,
        payload: { case: 'taskResult', value: { task, job: 'orders', state, message: 'so it went' } },
      }),
    );
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000);
      monitor.check();
    }
  };
  const tasks = () => monitor.worker('pool-1')?.tasks.map(({ task, job, state }) => `${task} of ${job}: ${state}`);
  return { monitor, lost, connect, beat, end, pass, tasks };
}

test('a worker of a pool serves the tasks of several jobs, one after the other', () => {
  const { monitor, connect, beat, end, tasks } = story();
  connect();
  beat([{ task: 'a', job: 'orders', state: TaskState.RUNNING }], 1);
  expect(tasks()).toEqual(['a of orders: running']);
  expect(monitor.worker('pool-1')?.capacity).toEqual({ slots: 2, free: 1 });
  end('a', TaskState.SUCCEEDED);
  end('too short for a heartbeat', TaskState.FAILED);
  beat([{ task: 'b', state: TaskState.WAITING_FOR_LAUNCH }]);
  expect(tasks()).toEqual([
    'a of orders: succeeded',
    'too short for a heartbeat of orders: failed',
    'b of pool: waiting-for-launch',
  ]);
  expect(monitor.worker('pool-1')?.tasks[1]?.message).toBe('so it went');
});

test('what had no end is lost with its worker, once it counts as lost, and is told once', () => {
  const { monitor, lost, connect, beat, end, pass, tasks } = story();
  connect();
  beat([{ task: 'a', state: TaskState.RUNNING }], 1);
  end('b', TaskState.SUCCEEDED);
  monitor.workerDisconnected('pool-1', 'lost');
  pass(3000);
  expect(tasks()).toContain('a of pool: running');
  expect(lost).toEqual([]);
  pass(10_000);
  expect(tasks()).toEqual(['b of orders: succeeded', 'a of pool: lost']);
  expect(monitor.worker('pool-1')?.capacity).toBeNull();
  expect(lost).toEqual(['pool-1: a']);
});

test('a worker that was cut off for a moment goes on with its tasks', () => {
  const { monitor, lost, connect, beat, pass, tasks } = story();
  connect();
  beat([{ task: 'a', state: TaskState.RUNNING }]);
  monitor.workerDisconnected('pool-1', 'lost');
  pass(2000);
  connect();
  pass(10_000);
  expect(tasks()).toEqual(['a of pool: running']);
  expect(lost).toEqual([]);
});

test('a worker that leaves, or is started anew under its name, leaves its tasks behind', () => {
  const left = story();
  left.connect();
  left.beat([{ task: 'a', state: TaskState.RUNNING }]);
  left.monitor.workerDisconnected('pool-1', 'left');
  expect(left.lost).toEqual(['pool-1: a']);

  const restarted = story();
  restarted.connect();
  restarted.beat([{ task: 'a', state: TaskState.RUNNING }]);
  restarted.connect('s2');
  expect(restarted.lost).toEqual(['pool-1: a']);
  expect(restarted.tasks()).toEqual([]);
});

test('of tasks without end a bounded number is kept', () => {
  const { monitor, connect, beat, end } = story();
  connect();
  for (let round = 0; round < 20; round++)
    beat(Array.from({ length: 256 }, (_, index) => ({ task: `${round}-${index}`, state: TaskState.RUNNING })));
  expect(monitor.worker('pool-1')?.tasks).toHaveLength(1000);
  for (let count = 0; count < 200; count++) end(`19-${count}`, TaskState.SUCCEEDED);
  const ended = monitor.worker('pool-1')?.tasks.filter(({ state }) => state === 'succeeded');
  expect(ended).toHaveLength(50);
});

test('a task of a state that a newer worker has named is unknown', () => {
  const { connect, beat, tasks } = story();
  connect();
  beat([{ task: 'a', state: 99 as TaskState }]);
  expect(tasks()).toEqual(['a of pool: unknown']);
});
