import { LIMITS } from '@streamgauge/proto/limits';
import { AgentError, AgentErrorCode } from '../errors.ts';
import { findMainHelper } from '../sample/main-helper.ts';
import { GOING_STATES, type GoingState } from '../task/task-states.ts';
import type { CheckedTask, TaskHandle } from '../task/task-teller.ts';
import { text } from './definition.ts';

/** What is known of a task when it is first told of. */
export interface TaskDefinition {
  /** What a person, or whoever gave it, knows it by; unique within the worker while it lasts. */
  readonly task: string;
  /** Dataflow that it belongs to. Default: the job of the worker. */
  readonly job?: string;
  /** Where it is. Default: received. */
  readonly state?: GoingState;
}

const nothing = (): void => undefined;
/** A task that is told to nobody. */
const UNWATCHED_TASK: TaskHandle = Object.freeze({ state: nothing, finish: nothing });

/**
 * Tells the monitor of a task that this process works on, or will: one of those that come one after the other, as in a pool. Without a
 * running agent, and where there is no room for more, what it gives takes everything and does nothing.
 * Throws AgentError TASK for a definition that cannot be used.
 */
export function trackTask(definition: TaskDefinition): TaskHandle {
  const checked = checkTask(definition);
  return findMainHelper()?.trackTask?.(checked) ?? UNWATCHED_TASK;
}

/**
 * The same around a function: the task runs while it does, has succeeded when it gives something and failed when it throws or rejects.
 * What it gives or throws passes unchanged.
 */
export async function runTask<Result>(
  definition: TaskDefinition,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  const task = trackTask({ ...definition, state: 'running' });
  try {
    const result = await run();
    task.finish('succeeded');
    return result;
  } catch (error) {
    task.finish('failed', text(error));
    throw error;
  }
}

/** Tells how many tasks this thread can work on at the same time. 0: it is not known any more. */
export function offerTaskSlots(slots: number): void {
  if (!Number.isSafeInteger(slots) || slots < 0 || slots > 1_000_000) {
    refuse('slots has to be a whole number from 0 to 1000000.');
  }
  findMainHelper()?.offerTaskSlots?.(slots);
}

function checkTask({ task, job = '', state = 'received' }: TaskDefinition): CheckedTask {
  if (typeof task !== 'string' || task.trim() === '') refuse('task has to be a text that is not empty.');
  if (typeof job !== 'string') refuse('job has to be a text.');
  if (!GOING_STATES.includes(state)) refuse(`state has to be one of ${GOING_STATES.join(', ')}.`);
  return { task: task.slice(0, LIMITS.IDENTITY_CHARACTERS), job: job.slice(0, LIMITS.IDENTITY_CHARACTERS), state };
}

function refuse(fault: string): never {
  throw new AgentError(AgentErrorCode.TASK, `The task cannot be told of: ${fault}`, [fault]);
}
