import events from 'node:events';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { EmitterOperator, type EventQueue } from './emitter-operator.ts';
import type { Iteration } from './iteration.ts';
import { asking, ending } from './watched-iterator.ts';

/** Under this name an iterator of events tells how many it holds, in Node 20 to 26. */
const QUEUE: unique symbol = Symbol.for('nodejs.watermarkData') as never;

interface EventIterator extends Record<'next' | 'return' | 'throw' | typeof Symbol.asyncIterator, Method> {
  readonly [QUEUE]?: EventQueue;
}

const queueOf = (iterator: object): EventQueue | undefined => (iterator as EventIterator)[QUEUE];

/** Follows what user code takes from `events.on()`: the queue in front of the loop, and the loop. */
export function hookEmitters(patches: Patches, iteration: Iteration): void {
  patches.method(events as unknown as Record<string, unknown>, 'on', (original: Method): Method => {
    return function on(this: unknown, ...rest: unknown[]): unknown {
      const iterator: unknown = original.apply(this, rest);
      try {
        if (!iteration.graph.stopped && isEventIterator(iterator)) watch(iterator, rest, iteration);
      } catch (error) {
        iteration.graph.onError(error);
      }
      return iterator;
    };
  });
}

function isEventIterator(value: unknown): value is EventIterator {
  return typeof (value as EventIterator | null)?.[QUEUE]?.size === 'number';
}

function watch(iterator: EventIterator, given: readonly unknown[], iteration: Iteration): void {
  const { graph } = iteration;
  const { next } = iterator;
  let operator: EmitterOperator | undefined;
  iteration.begins(iterator, () => {
    operator ??= graph.add(
      { name: nameOf(given), kind: 'source', unit: 'records', location: undefined },
      (identity) => new EmitterOperator(identity, graph, iterator, queueOf),
    );
    const { high = 0 } = queueOf(iterator) ?? {};
    return operator && { operator, kind: 'pipe', capacity: high < Number.MAX_SAFE_INTEGER ? high : 0 };
  });
  const take = function (this: unknown): unknown {
    if (operator === undefined) return next.call(this);
    operator.asked = queueOf(iterator)?.size;
    try {
      return next.call(this);
    } finally {
      operator.asked = undefined;
    }
  };
  iterator.next = asking(take, iteration);
  iterator.return = ending(iterator.return, iteration);
  iterator.throw = ending(iterator.throw, iteration);
  const iterate = iterator[Symbol.asyncIterator];
  iterator[Symbol.asyncIterator] = function (this: unknown): unknown {
    iteration.looped(iterator);
    return iterate.call(this);
  };
}

/** Such as "EventEmitter order". */
function nameOf([emitter, event]: readonly unknown[]): string {
  const className: unknown = (emitter as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return `${typeof className === 'string' && className !== '' ? className : 'EventEmitter'} ${String(event)}`;
}
