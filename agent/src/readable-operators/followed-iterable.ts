import type { Graph } from '../operator/graph.ts';
import type { Method } from '../stream/internals.ts';
import { running } from './running.ts';
import type { Step, StepRecord } from './step.ts';
import { isThenable, resolve, thenOf } from './thenable.ts';

type Iterator = Record<'next' | 'return' | 'throw', Method | undefined>;

/**
 * What a function of `flatMap()` gave for one record, in the shape in which Node's `yield*` takes it: the record is done with
 * when Node has taken all of it. What cannot be iterated is given back, and makes the same error.
 */
export function followIterable(graph: Graph, step: Step, record: StepRecord, value: unknown): unknown {
  const { asyncIterator, iterator } = Symbol;
  if (value === undefined || value === null) return value;
  const source = value as Record<symbol, unknown>;
  for (const key of [asyncIterator, iterator]) {
    const iterate = source[key];
    if (iterate === undefined || iterate === null) continue;
    if (typeof iterate !== 'function') return value;
    return {
      [key]: (): unknown => {
        step.hold(record, true);
        return followIterator(graph, step, record, Reflect.apply(iterate, value, []) as Iterator);
      },
    };
  }
  return value;
}

function followIterator(graph: Graph, step: Step, record: StepRecord, iterator: Iterator): unknown {
  if (typeof iterator !== 'object' || iterator === null) return iterator;
  const looked = (result: unknown): unknown => {
    if ((result as { done?: unknown } | null)?.done === true) step.finish(record, false);
    return result;
  };
  const call =
    (method: Method | undefined): Method =>
    (...rest: unknown[]): unknown => {
      const result: unknown = running(graph, step, () => Reflect.apply(method as Method, iterator, rest));
      return isThenable(result) ? thenOf.call(resolve(result), looked) : looked(result);
    };
  return {
    next: call(iterator.next),
    // Asked for only where the iterator is left early, as without this.
    get return() {
      return typeof iterator.return === 'function' ? call(iterator.return) : iterator.return;
    },
    get throw() {
      return typeof iterator.throw === 'function' ? call(iterator.throw) : iterator.throw;
    },
  };
}
