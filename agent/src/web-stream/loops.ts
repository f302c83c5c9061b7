import web from 'node:stream/web';
import { knownPull } from '../iterator/generators.ts';
import type { Iteration } from '../iterator/iteration.ts';
import { pullStateOf } from '../iterator/promise-state.ts';
import type { Pull } from '../iterator/pull.ts';
import { asking, ending } from '../iterator/watched-iterator.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import type { WebAdoption } from './web-adoption.ts';

/** Follows what is taken from a Web Stream: with `for await`, or with a reader. */
export function hookLoops(patches: Patches, adoption: WebAdoption, iteration: Iteration): void {
  const prototype = web.ReadableStream.prototype as unknown as Record<string, unknown>;
  const { graph } = adoption;
  const follow = (stream: unknown, iterator: object, counted: boolean): void => {
    if (typeof stream !== 'object' || stream === null || graph.stopped) return;
    const first = adoption.touch(stream);
    iteration.begins(iterator, (consumer, at) => {
      const side = adoption.output(stream, 'ReadableStream');
      const operator = adoption.operatorOf(side, at);
      if (operator === undefined) return undefined;
      const exact = counted && first && side.exact;
      const pull = knownPull(iterator);
      if (exact && pull !== undefined) {
        const held = new WeakRef(pull);
        operator.leadsInto(consumer, () => takenBy(held.deref()));
      }
      return { operator, kind: exact ? 'pipe' : 'through', capacity: 1 };
    });
  };

  // `for await` and values() are one function, and stay one.
  const hooks = new Map<Method, Method>();
  for (const key of ['values', Symbol.asyncIterator as never]) {
    patches.method(prototype, key, (original: Method): Method => {
      const hook =
        hooks.get(original) ??
        function values(this: object, ...rest: unknown[]): unknown {
          const iterator = original.apply(this, rest) as Record<'next' | 'return', Method>;
          try {
            follow(this, iterator, true);
            iterator.next = asking(iterator.next, iteration);
            iterator.return = ending(iterator.return, iteration);
          } catch (error) {
            graph.onError(error);
          }
          return iterator;
        };
      hooks.set(original, hook);
      return hook;
    });
  }
  patches.method(prototype, 'getReader', (original: Method): Method => {
    return function getReader(this: object, ...rest: unknown[]): unknown {
      const reader = original.apply(this, rest) as object;
      try {
        // Nothing says whether a chunk is done with when the next one is asked for: others may read, or read ahead.
        follow(this, reader, false);
      } catch (error) {
        graph.onError(error);
      }
      return reader;
    };
  });
  const readers = web.ReadableStreamDefaultReader.prototype as unknown as Record<string, unknown>;
  patches.method(readers, 'read', (original) => asking(original, iteration));
  for (const name of ['cancel', 'releaseLock'])
    patches.method(readers, name, (original) => ending(original, iteration));
}

/** How many chunks a loop has got, the one that it works on as well. */
function takenBy(pull: Pull | undefined): number {
  if (pull === undefined) return Number.POSITIVE_INFINITY;
  return pull.count.pulls - (pullStateOf(pull.last) === 'value' ? 0 : 1);
}
