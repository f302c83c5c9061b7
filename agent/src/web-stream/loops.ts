import web from 'node:stream/web';
import type { Iteration } from '../iterator/iteration.ts';
import { pullStateOf } from '../iterator/promise-state.ts';
import type { Pull } from '../iterator/pull.ts';
import { type Asked, watchIterator } from '../iterator/watched-iterator.ts';
import { callerOf, fileOf, isUserFile } from '../operator/call-site.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import type { WebAdoption } from './web-adoption.ts';

const ITERATOR: Asked = { ask: 'next', end: ['return'] };
const READER: Asked = { ask: 'read', end: ['cancel', 'releaseLock'] };

/** Follows what user code takes from a Web Stream: with `for await`, or with a reader. */
export function hookLoops(patches: Patches, adoption: WebAdoption, iteration: Iteration): void {
  const prototype = web.ReadableStream.prototype as unknown as Record<string, unknown>;
  /** Gives whether the user's own code reads, and nobody has before. */
  const begins = (stream: unknown, hook: Method): { readonly first: boolean } | undefined => {
    if (typeof stream !== 'object' || stream === null || adoption.graph.stopped) return undefined;
    const first = adoption.touch(stream);
    const caller = callerOf(hook);
    return caller !== undefined && isUserFile(fileOf(caller)) ? { first } : undefined;
  };

  // `for await` and values() are one function, and stay one.
  const hooks = new Map<Method, Method>();
  for (const key of ['values', Symbol.asyncIterator as never]) {
    patches.method(prototype, key, (original: Method): Method => {
      const hook =
        hooks.get(original) ??
        function values(this: object, ...rest: unknown[]): unknown {
          const iterator = original.apply(this, rest) as object;
          try {
            const begun = begins(this, hook);
            if (begun !== undefined) follow(adoption, iteration, this, begun.first, iterator, ITERATOR);
          } catch (error) {
            adoption.graph.onError(error);
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
        if (begins(this, getReader) === undefined || !(reader instanceof web.ReadableStreamDefaultReader))
          return reader;
        // Nothing says whether a chunk is done with when the next one is asked for: others may read, or read ahead.
        follow(adoption, iteration, this, false, reader, READER);
      } catch (error) {
        adoption.graph.onError(error);
      }
      return reader;
    };
  });
}

function follow(
  adoption: WebAdoption,
  iteration: Iteration,
  stream: object,
  counted: boolean,
  iterator: object,
  asked: Asked,
): void {
  const pull = new WeakRef(watchIterator(iterator, iteration, asked));
  iteration.begins(iterator, (consumer, at) => {
    const side = adoption.output(stream, 'ReadableStream');
    const operator = adoption.operatorOf(side, at);
    if (operator === undefined) return undefined;
    const exact = counted && side.exact;
    if (exact) operator.leadsInto(consumer, () => takenBy(pull.deref()));
    return { operator, kind: exact ? 'pipe' : 'through', capacity: 1 };
  });
}

/** How many chunks a loop has got, the one that it works on as well. */
function takenBy(pull: Pull | undefined): number {
  if (pull === undefined) return Number.POSITIVE_INFINITY;
  return pull.count.pulls - (pullStateOf(pull.last) === 'value' ? 0 : 1);
}
