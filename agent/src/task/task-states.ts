/** States of a task that goes on. */
export const GOING_STATES = ['received', 'waiting-for-worker', 'waiting-for-launch', 'running'] as const;
/** States in which a task has ended. */
export const END_STATES = ['succeeded', 'failed', 'cancelled', 'lost'] as const;

/** Where a task is that goes on. */
export type GoingState = (typeof GOING_STATES)[number];
/** How a task has ended. */
export type EndState = (typeof END_STATES)[number];
/** Where a task is. */
export type TaskStateName = GoingState | EndState;
