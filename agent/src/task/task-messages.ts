import type { EndState, GoingState } from './task-states.ts';

/** What a thread says of the tasks that its program tells of. Numbers are of the thread that has said it. */
export type TaskMessage =
  | {
      readonly type: 'task';
      readonly number: number;
      readonly task: string;
      /** Empty: that of the worker. */
      readonly job: string;
      readonly state: GoingState;
      readonly unixMs: number;
    }
  | { readonly type: 'task-state'; readonly number: number; readonly state: GoingState; readonly unixMs: number }
  | {
      readonly type: 'task-end';
      readonly number: number;
      readonly state: EndState;
      readonly message: string;
      readonly unixMs: number;
    }
  /** How many tasks the thread can work on at the same time; 0: not known. */
  | { readonly type: 'task-slots'; readonly slots: number };

/** Whether a thread speaks of a task. */
export function isTaskMessage(message: { readonly type: string }): message is TaskMessage {
  return message.type === 'task' || message.type.startsWith('task-');
}
