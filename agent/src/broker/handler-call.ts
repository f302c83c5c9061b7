import type { Graph } from '../operator/graph.ts';
import type { Operator } from '../operator/operator.ts';
import { guardFor } from './guarded.ts';
import { runAs } from './handler-context.ts';

/** What is to be done when a call of a handler has ended. */
export interface Handled {
  succeeded(): void;
  failed(reason: string, error: unknown): void;
}

/** Taken before user code can change it. */
const { then } = Promise.prototype;

/**
 * Gives a function that calls a handler of the user's for the library that owns it: with what it was called with, and with what
 * it gives. While its synchronous part runs, the board shows the operator.
 */
export function observeHandler<T>(
  graph: Graph,
  operator: Operator,
  handler: (this: unknown, payload: T) => unknown,
  begin: (payload: T) => Handled,
): (this: unknown, payload: T) => unknown {
  const guard = guardFor(graph);
  return function (this: unknown, payload: T): unknown {
    const call = guard(() => begin(payload));
    if (call === undefined) return handler.call(this, payload);
    const succeeded = (): void => void guard(() => call.succeeded());
    const failed = (error: unknown): void => void guard(() => call.failed(reasonOf(error), error));
    let result: unknown;
    try {
      result = runAs(graph, operator, () => handler.call(this, payload));
    } catch (error) {
      failed(error);
      throw error;
    }
    // The library awaits what it gets: a thenable of another kind is followed once, by a promise that the library gets instead.
    const promise = isThenable(result) && !(result instanceof Promise) ? Promise.resolve(result) : result;
    if (promise instanceof Promise) then.call(promise, succeeded, failed);
    else succeeded();
    return promise;
  };
}

/** Longest reason that is kept, in characters. */
const MAX_REASON_LENGTH = 200;

/** One line that says why something failed. */
export function reasonOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, MAX_REASON_LENGTH);
  } catch {
    return 'an error that has no text';
  }
}

/** Whether somebody may wait for it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
