import type { Method } from '../stream/internals.ts';
import { knownPull } from './generators.ts';
import type { Iteration } from './iteration.ts';

/**
 * A method that asks for the next record of something that is no generator, counted where it is followed. Many live for one
 * request only: all that is made for one is these functions.
 */
export function asking(original: Method, iteration: Iteration): Method {
  const { control } = iteration.graph.board;
  const hook = function next(this: object, ...rest: unknown[]): unknown {
    const pull = knownPull(this);
    if (pull === undefined) return original.apply(this, rest);
    // The cell is Control.PULSE.
    if (++pull.count.pulls >= pull.count.armed || control[0] !== 0) iteration.pulled(this, pull, hook);
    pull.last = undefined;
    const result: unknown = original.apply(this, rest);
    pull.last = result;
    return result;
  };
  return hook;
}

/** A method that says that no more is wanted. */
export function ending(original: Method, iteration: Iteration): Method {
  return function end(this: object, ...rest: unknown[]): unknown {
    iteration.ended(knownPull(this));
    return original.apply(this, rest);
  };
}
