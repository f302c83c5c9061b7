import type { Graph } from '../operator/graph.ts';
import type { Method } from '../stream/internals.ts';
import { followIterable } from './followed-iterable.ts';
import { running } from './running.ts';
import type { Step, StepRecord } from './step.ts';
import { isThenable, resolve, thenOf } from './thenable.ts';

/**
 * The user's function, with its records counted. Node calls it for one record after the other, and waits for what it gives.
 *
 * @param owes whether a record is to go out for what the function gave.
 * @param onRecord called before each record.
 */
export function followFunction(
  graph: Graph,
  step: Step,
  fn: Method,
  owes: (result: unknown) => boolean,
  onRecord: () => void,
): Method {
  /** Gives what Node is to get in place of what the function gave. */
  const returned = (record: StepRecord, result: unknown): unknown => {
    if (step.gives !== 'any') {
      step.finish(record, owes(result));
      return result;
    }
    step.hold(record, false);
    return followIterable(graph, step, record, result);
  };
  return function (this: unknown, ...rest: unknown[]): unknown {
    if (graph.stopped) return Reflect.apply(fn, this, rest);
    onRecord();
    const record = step.begin(graph.nowMs());
    let result: unknown;
    try {
      result = running(graph, step, () => Reflect.apply(fn, this, rest));
    } catch (error) {
      failed(step, record);
      throw error;
    }
    if (!isThenable(result)) return returned(record, result);
    // Node makes the same promise of it, and handles its rejection: nothing is hidden by looking at it.
    const promise = resolve(result);
    const refused = (): void => failed(step, record);
    if (step.gives === 'any') {
      return thenOf.call(
        promise,
        (value) => returned(record, value),
        (error) => {
          refused();
          throw error;
        },
      );
    }
    void thenOf.call(promise, (value) => returned(record, value), refused);
    return promise;
  };
}

/** The stream will fail, or the promise be rejected: nothing goes out in the place of this record. */
function failed(step: Step, record: StepRecord): void {
  step.finish(record, step.gives === 'one');
}
