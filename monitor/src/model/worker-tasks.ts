import { type Capacity, type Heartbeat, type TaskResult, TaskState } from '@streamgauge/proto';
import { nanoToMs } from './wire-values.ts';

/** Where a task is, by the names of the interface; the wire has numbers. */
export type TaskStateName =
  | 'received'
  | 'waiting-for-worker'
  | 'waiting-for-launch'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'lost'
  | 'unknown';

const names: Readonly<Record<TaskState, TaskStateName>> = {
  [TaskState.UNSPECIFIED]: 'unknown',
  [TaskState.RECEIVED]: 'received',
  [TaskState.WAITING_FOR_WORKER]: 'waiting-for-worker',
  [TaskState.WAITING_FOR_LAUNCH]: 'waiting-for-launch',
  [TaskState.RUNNING]: 'running',
  [TaskState.SUCCEEDED]: 'succeeded',
  [TaskState.FAILED]: 'failed',
  [TaskState.CANCELLED]: 'cancelled',
  [TaskState.LOST]: 'lost',
};

const ends: ReadonlySet<TaskStateName> = new Set(['succeeded', 'failed', 'cancelled', 'lost'] as const);

/** A task as it was last told. */
export interface TaskFacts {
  readonly task: string;
  readonly job: string;
  readonly state: TaskStateName;
  readonly sinceUnixMs: number;
  /** Of its end; empty: none. */
  readonly message: string;
}

/** How many tasks a worker can take. */
export interface TaskCapacity {
  readonly slots: number;
  readonly free: number;
}

/** What is known of the tasks of one session of a worker. */
export interface WorkerTasks {
  readonly session: string;
  readonly tasks: ReadonlyMap<string, TaskFacts>;
  /** null: not told. */
  readonly capacity: TaskCapacity | null;
}

/** How many tasks are kept of one worker, and how many of them that have ended. What ended first is dropped first. */
export interface TaskLimits {
  readonly perWorker: number;
  readonly ended: number;
}

const defaultTaskLimits: TaskLimits = { perWorker: 1000, ended: 50 };

/** Of a worker that has told of no task. */
export function noTasks(session: string): WorkerTasks {
  return { session, tasks: new Map(), capacity: null };
}

/** What a heartbeat tells. Pure. `job` is the worker's, for tasks that name none. */
export function heartbeatTold(
  known: WorkerTasks,
  { tasks, capacity }: Pick<Heartbeat, 'tasks' | 'capacity'>,
  job: string,
  limits: TaskLimits = defaultTaskLimits,
): WorkerTasks {
  const told = tasks.map((task): TaskFacts => {
    const state = names[task.state] ?? 'unknown';
    return { task: task.task, job: task.job || job, state, sinceUnixMs: nanoToMs(task.sinceUnixNano), message: '' };
  });
  return { ...known, tasks: withTasks(known.tasks, told, limits), capacity: capacityOf(capacity) ?? known.capacity };
}

/** A task has ended. Pure. */
export function taskEnded(
  known: WorkerTasks,
  { task, job: own, state, transitions, message }: TaskResult,
  atUnixMs: number,
  job: string,
  limits: TaskLimits = defaultTaskLimits,
): WorkerTasks {
  if (task === '') return known;
  const name = names[state] ?? 'unknown';
  const last = transitions.at(-1);
  const sinceUnixMs = last === undefined ? atUnixMs : nanoToMs(last.atUnixNano);
  const facts: TaskFacts = { task, job: own || job, state: ends.has(name) ? name : 'unknown', sinceUnixMs, message };
  return { ...known, tasks: withTasks(known.tasks, [facts], limits) };
}

/** The worker is gone: what had no end has none any more. Pure. Gives those tasks as well. */
export function tasksLost(known: WorkerTasks, atUnixMs: number): { tasks: WorkerTasks; lost: readonly TaskFacts[] } {
  const lost = [...known.tasks.values()]
    .filter(({ state }) => !ends.has(state))
    .map((task): TaskFacts => ({ ...task, state: 'lost', sinceUnixMs: atUnixMs }));
  if (lost.length === 0) return { tasks: { ...known, capacity: null }, lost };
  const tasks = new Map(known.tasks);
  for (const task of lost) put(tasks, task);
  return { tasks: { ...known, tasks, capacity: null }, lost };
}

function withTasks(
  known: ReadonlyMap<string, TaskFacts>,
  told: readonly TaskFacts[],
  { perWorker, ended }: TaskLimits,
): ReadonlyMap<string, TaskFacts> {
  if (told.length === 0) return known;
  const tasks = new Map(known);
  for (const task of told) put(tasks, task);
  let over = [...tasks.values()].filter(({ state }) => ends.has(state)).length - ended;
  for (const { task, state } of tasks.values()) {
    if (over <= 0) break;
    if (!ends.has(state)) continue;
    tasks.delete(task);
    over -= 1;
  }
  for (const task of tasks.keys()) {
    if (tasks.size <= perWorker) break;
    tasks.delete(task);
  }
  return tasks;
}

/** At the end of the map: the order is that of the last word. */
function put(tasks: Map<string, TaskFacts>, task: TaskFacts): void {
  tasks.delete(task.task);
  tasks.set(task.task, task);
}

function capacityOf(capacity: Capacity | undefined): TaskCapacity | null {
  if (capacity === undefined) return null;
  return { slots: capacity.slots, free: Math.min(capacity.free, capacity.slots) };
}
