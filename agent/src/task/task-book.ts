import {
  create,
  LIMITS,
  type MessageInitShape,
  type TaskResult,
  TaskResultSchema,
  TaskState,
  type TaskTransitionSchema,
} from '@streamgauge/proto';
import { Allowance } from '../allowance.ts';
import type { HeartbeatNews } from '../link/link.ts';
import type { TaskMessage } from './task-messages.ts';
import type { TaskStateName } from './task-states.ts';

/** Tasks of the whole process; each thread has a bound of its own. */
const MAX_TASKS = 4000;
const RESULTS = {
  /** Results of tasks at once: they are events, and leave room for reports, since the monitor reads a hundred frames a second. */
  atOnce: 200,
  /** After that one more result in so many milliseconds. */
  everyMs: 50,
} as const;

const ON_THE_WIRE: Readonly<Record<TaskStateName, TaskState>> = {
  received: TaskState.RECEIVED,
  'waiting-for-worker': TaskState.WAITING_FOR_WORKER,
  'waiting-for-launch': TaskState.WAITING_FOR_LAUNCH,
  running: TaskState.RUNNING,
  succeeded: TaskState.SUCCEEDED,
  failed: TaskState.FAILED,
  cancelled: TaskState.CANCELLED,
  lost: TaskState.LOST,
};

export interface TaskBookOptions {
  readonly nowMs: () => number;
  /** What lasts shorter than this is told by results alone. */
  readonly periodMs: number;
  readonly onResult: (unixMs: number, result: TaskResult) => void;
}

/** What the agent thread knows of the tasks of the process. */
export interface TaskBook {
  /** Tasks and results that were not told, since the session began. */
  readonly dropped: number;
  apply(thread: number, message: TaskMessage): void;
  /** A thread is gone: what it worked on has no end any more. */
  endThread(thread: number, unixMs: number): void;
  /** What has changed since the last call, and has lasted; undefined: nothing. It is taken as told. */
  news(): HeartbeatNews | undefined;
  /** Whoever was told is not there any more. */
  forgetTold(): void;
}

interface KnownTask {
  readonly thread: number;
  readonly task: string;
  readonly job: string;
  readonly transitions: MessageInitShape<typeof TaskTransitionSchema>[];
  state: TaskState;
  sinceUnixMs: number;
  /** On the steady clock. */
  sinceMs: number;
  /** What was last told by a heartbeat. */
  told: TaskState;
  /** It has ended, and there was no room for its result: a heartbeat has to tell. */
  over: boolean;
}

/** A book of no task. */
export function createTaskBook({ nowMs, periodMs, onResult }: TaskBookOptions): TaskBook {
  const known = new Map<string, KnownTask>();
  const slots = new Map<number, number>();
  const results = new Allowance(RESULTS);
  let dropped = 0;
  /** Somebody has offered slots: from then on it is told when there are none any more. */
  let offered = false;
  let toldCapacity = '';

  return {
    get dropped() {
      return dropped;
    },
    apply(thread, message) {
      if (message.type === 'task-slots') {
        offered = true;
        slots.set(thread, message.slots);
        return;
      }
      const key = `${thread} ${message.number}`;
      if (message.type === 'task') begin(key, thread, message);
      else {
        const task = known.get(key);
        if (task === undefined) return;
        enter(task, ON_THE_WIRE[message.state], message.unixMs);
        if (message.type === 'task-end') end(key, task, message.message);
      }
    },
    endThread(thread, unixMs) {
      slots.delete(thread);
      for (const [key, task] of known) {
        if (task.thread !== thread || task.over) continue;
        enter(task, TaskState.LOST, unixMs);
        end(key, task, 'The worker thread that worked on it has ended.');
      }
    },
    news() {
      const now = nowMs();
      const tasks: HeartbeatNews['tasks'] = [];
      for (const [key, task] of known) {
        if (tasks.length >= LIMITS.TASKS_PER_HEARTBEAT) break;
        const { state, sinceUnixMs } = task;
        if (state !== task.told && (task.over || now - task.sinceMs >= periodMs)) {
          task.told = state;
          tasks.push({ task: task.task, job: task.job, state, sinceUnixNano: nano(sinceUnixMs) });
        }
        if (task.over) known.delete(key);
      }
      const capacity = capacityNow();
      const mark = JSON.stringify(capacity) ?? '';
      const isNew = mark !== toldCapacity;
      toldCapacity = mark;
      if (tasks.length === 0 && !isNew) return undefined;
      return { tasks, ...(capacity === undefined ? {} : { capacity }) };
    },
    forgetTold() {
      toldCapacity = '';
      for (const task of known.values()) task.told = TaskState.UNSPECIFIED;
    },
  };

  function begin(key: string, thread: number, message: Extract<TaskMessage, { type: 'task' }>): void {
    if (known.size >= MAX_TASKS) {
      dropped += 1;
      return;
    }
    const { task, job, unixMs } = message;
    const state = ON_THE_WIRE[message.state];
    const transitions = [{ state, atUnixNano: nano(unixMs) }];
    const times = { sinceUnixMs: unixMs, sinceMs: nowMs() };
    known.set(key, { thread, task, job, state, transitions, ...times, told: TaskState.UNSPECIFIED, over: false });
  }

  function enter(task: KnownTask, state: TaskState, unixMs: number): void {
    task.state = state;
    task.sinceUnixMs = unixMs;
    task.sinceMs = nowMs();
    // Of too many those in the middle are left out: how it began, and what came last.
    if (task.transitions.length >= LIMITS.TRANSITIONS_PER_TASK)
      task.transitions.splice(LIMITS.TRANSITIONS_PER_TASK / 2, 1);
    task.transitions.push({ state, atUnixNano: nano(unixMs) });
  }

  function end(key: string, found: KnownTask, message: string): void {
    const { task, job, state, transitions, told } = found;
    if (results.take(nowMs())) {
      known.delete(key);
      onResult(found.sinceUnixMs, create(TaskResultSchema, { task, job, state, transitions, message }));
      return;
    }
    dropped += 1;
    // Nobody has heard of it: nobody waits for its end.
    if (told === TaskState.UNSPECIFIED) known.delete(key);
    else found.over = true;
  }

  function capacityNow(): HeartbeatNews['capacity'] {
    if (!offered) return undefined;
    let total = 0;
    for (const each of slots.values()) total += each;
    let taken = 0;
    for (const { state } of known.values())
      if (state === TaskState.RUNNING || state === TaskState.WAITING_FOR_LAUNCH) taken += 1;
    return { slots: total, free: Math.max(0, total - taken) };
  }
}

function nano(unixMs: number): bigint {
  return BigInt(Math.round(unixMs)) * 1_000_000n;
}
