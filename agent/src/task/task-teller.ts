import type { TaskMessage } from './task-messages.ts';
import { END_STATES, type EndState, GOING_STATES, type GoingState } from './task-states.ts';

/** Tasks of one thread that go on at the same time; a program that never ends them must not fill the memory. */
export const MAX_TASKS = 1000;
const NEW_TASKS = {
  /** New tasks at once in a thread: each is some messages to another thread. */
  atOnce: 1000,
  /** New tasks a second for long. What comes faster is not told. */
  perSecond: 100,
} as const;
/** Changes of one task that are told before its end; a task that goes to and fro for ever is told no more. */
const MAX_CHANGES = 100;

/** One task that a program tells of. Nothing here throws. */
export interface TaskHandle {
  /** It has come into another state. */
  state(state: GoingState): void;
  /** It has ended; with a word for people, such as why it failed. The second time it does nothing. */
  finish(state: EndState, message?: string): void;
}

/** A task that can be told of. */
export interface CheckedTask {
  readonly task: string;
  readonly job: string;
  readonly state: GoingState;
}

/** A thread's half of what is known of tasks: hands every change to the agent thread. */
export interface TaskTeller {
  /** Undefined: there is no room. */
  track(task: CheckedTask): TaskHandle | undefined;
  slots(slots: number): void;
  /** What is told from now on is told to nobody. */
  stop(): void;
}

export interface TaskTellerOptions {
  readonly post: (message: TaskMessage) => void;
  readonly nowMs: () => number;
  readonly unixMs: () => number;
  /** A task is not told, for want of room. */
  readonly onDropped: () => void;
}

/** A teller that knows of no task. */
export function createTaskTeller({ post, nowMs, unixMs, onDropped }: TaskTellerOptions): TaskTeller {
  let next = 1;
  let open = 0;
  let stopped = false;
  let left: number = NEW_TASKS.atOnce;
  let atMs = nowMs();

  return {
    track({ task, job, state }) {
      if (stopped) return undefined;
      if (open >= MAX_TASKS || !isInTime()) {
        onDropped();
        return undefined;
      }
      const number = next++;
      open++;
      post({ type: 'task', number, task, job, state, unixMs: unixMs() });
      return handle(number, state);
    },
    slots(slots) {
      if (!stopped && Number.isSafeInteger(slots) && slots >= 0) post({ type: 'task-slots', slots });
    },
    stop() {
      stopped = true;
    },
  };

  function handle(number: number, first: GoingState): TaskHandle {
    let now: GoingState = first;
    let changes = 0;
    let over = false;
    return {
      state(state) {
        if (over || stopped || state === now || !GOING_STATES.includes(state) || changes >= MAX_CHANGES) return;
        now = state;
        changes++;
        post({ type: 'task-state', number, state, unixMs: unixMs() });
      },
      finish(state, message) {
        if (over || !END_STATES.includes(state)) return;
        over = true;
        open--;
        if (!stopped) post({ type: 'task-end', number, state, message: textOf(message), unixMs: unixMs() });
      },
    };
  }

  function isInTime(): boolean {
    const now = nowMs();
    left = Math.min(NEW_TASKS.atOnce, left + (Math.max(0, now - atMs) / 1000) * NEW_TASKS.perSecond);
    atMs = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  }
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message.slice(0, 1000) : '';
}
