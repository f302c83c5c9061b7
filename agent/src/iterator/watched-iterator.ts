import type { Method } from '../stream/internals.ts';
import { type Generator, pullOf } from './generators.ts';
import type { Iteration } from './iteration.ts';
import type { Pull } from './pull.ts';

/** Something that is asked for one record after the other and is no generator. */
export interface Asked {
  /** Name of the method that asks for the next record. */
  readonly ask: string;
  /** Names of the methods that say that no more is wanted. */
  readonly end: readonly string[];
  /** Called before and after each asking. */
  readonly asking?: (before: boolean) => void;
}

/** Puts counting functions of its own into an iterator or reader; nothing of it is shared with others. */
export function watchIterator(iterator: object, iteration: Iteration, { ask, end, asking }: Asked): Pull {
  const methods = iterator as Record<PropertyKey, Method>;
  const { control } = iteration.graph.board;
  const pull = pullOf(iterator as Generator, iteration.graph.nowMs());
  replace(methods, ask, (original) => {
    const hook = function (this: unknown, ...rest: unknown[]): unknown {
      // The cell is Control.PULSE.
      if (++pull.count.pulls >= pull.count.armed || control[0] !== 0) iteration.pulled(iterator, pull, hook);
      pull.last = undefined;
      asking?.(true);
      try {
        pull.last = original.apply(this, rest) as unknown;
      } finally {
        asking?.(false);
      }
      return pull.last;
    };
    return hook;
  });
  for (const name of end) {
    replace(
      methods,
      name,
      (original) =>
        function (this: unknown, ...rest: unknown[]): unknown {
          iteration.ended(pull);
          return original.apply(this, rest);
        },
    );
  }
  replace(
    methods,
    Symbol.asyncIterator,
    (original) =>
      function (this: unknown): unknown {
        iteration.looped(iterator);
        return original.call(this);
      },
  );
  return pull;
}

function replace(owner: Record<PropertyKey, Method>, key: PropertyKey, create: (original: Method) => Method): void {
  const original = owner[key];
  if (typeof original !== 'function') return;
  const own = Object.getOwnPropertyDescriptor(owner, key);
  const value = Object.defineProperties(create(original), Object.getOwnPropertyDescriptors(original));
  const { configurable = true, enumerable = false, writable = true } = own ?? {};
  Object.defineProperty(owner, key, { value, configurable, enumerable, writable });
}
