import events from 'node:events';
import { callerOf, fileOf, isUserFile } from '../operator/call-site.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { EmitterOperator, type EventQueue } from './emitter-operator.ts';
import type { Iteration } from './iteration.ts';
import { watchIterator } from './watched-iterator.ts';

/** Under this name an iterator of events tells how many it holds, in Node 20 to 26. */
const QUEUE: unique symbol = Symbol.for('nodejs.watermarkData') as never;

interface EventIterator {
  readonly [QUEUE]?: EventQueue;
}

const queueOf = (iterator: object): EventQueue | undefined => (iterator as EventIterator)[QUEUE];

/** Follows what user code takes from `events.on()`: the queue in front of the loop, and the loop. */
export function hookEmitters(patches: Patches, iteration: Iteration): void {
  patches.method(events as unknown as Record<string, unknown>, 'on', (original: Method): Method => {
    return function on(this: unknown, ...rest: unknown[]): unknown {
      const iterator: unknown = original.apply(this, rest);
      try {
        const caller = iteration.graph.stopped ? undefined : callerOf(on);
        // Node itself makes the iterators of its own of these.
        if (caller !== undefined && isUserFile(fileOf(caller)) && isEventIterator(iterator)) {
          watch(iterator, nameOf(rest), iteration);
        }
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

function watch(iterator: EventIterator, name: string, iteration: Iteration): void {
  const { graph } = iteration;
  let operator: EmitterOperator | undefined;
  const pull = watchIterator(iterator, iteration, {
    ask: 'next',
    end: ['return', 'throw'],
    asking: (before) => {
      if (operator !== undefined) operator.asked = before ? queueOf(iterator)?.size : undefined;
    },
  });
  const parts = { iterator: new WeakRef(iterator), queue: queueOf, pull: new WeakRef(pull) };
  const { high } = queueOf(iterator) as EventQueue;
  const capacity = high < Number.MAX_SAFE_INTEGER ? high : 0;
  iteration.begins(iterator, () => {
    operator ??= graph.add(
      { name, kind: 'source', unit: 'records', location: undefined },
      (identity) => new EmitterOperator(identity, graph, parts),
    );
    return operator && { operator, kind: 'pipe', capacity };
  });
}

/** Such as "EventEmitter order". */
function nameOf([emitter, event]: readonly unknown[]): string {
  const className: unknown = (emitter as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return `${typeof className === 'string' && className !== '' ? className : 'EventEmitter'} ${String(event)}`;
}
