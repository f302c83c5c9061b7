import stream, { Readable } from 'node:stream';
import promises from 'node:stream/promises';
import type { Adoption } from '../stream/adoption.ts';
import { hasReadableSide, hasWritableSide, type Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { isGenerator } from './generators.ts';
import type { Iteration } from './iteration.ts';

/** Finds the generators that Node's own loops take from: those behind Readable.from(), and the functions of a pipeline. */
export function hookGeneratorStreams(patches: Patches, adoption: Adoption, iteration: Iteration): void {
  patches.method(Readable as unknown as Record<string, unknown>, 'from', (original: Method): Method => {
    return function from(this: unknown, ...rest: unknown[]): unknown {
      const readable: unknown = original.apply(this, rest);
      const [iterable] = rest;
      if (isGenerator(iterable) && hasReadableSide(readable)) {
        iteration.into(iterable, readable);
        adoption.give(readable, () => {
          const operator = iteration.operatorOf(iterable);
          operator?.giveInto(readable);
          return operator;
        });
      }
      return readable;
    };
  });
  for (const owner of [stream, promises]) {
    patches.method(owner as unknown as Record<string, unknown>, 'pipeline', (original: Method): Method => {
      return function pipeline(this: unknown, ...rest: unknown[]): unknown {
        return original.apply(this, withWatchedStages(rest, iteration));
      };
    });
  }
}

/** The arguments of a pipeline, with the functions in front of a stream told which stream they are written into. */
function withWatchedStages(rest: unknown[], iteration: Iteration): unknown[] {
  if (rest.length > 0 && Array.isArray(rest[0])) return [withWatchedStages(rest[0], iteration), ...rest.slice(1)];
  return rest.map((stage, index) => {
    const next = rest[index + 1];
    if (typeof stage !== 'function' || !hasWritableSide(next)) return stage;
    return watched(stage as Method, next, iteration);
  });
}

function watched(stage: Method, next: object, iteration: Iteration): Method {
  const wrapper = function (this: unknown, ...rest: unknown[]): unknown {
    const result: unknown = Reflect.apply(stage, this, rest);
    if (isGenerator(result)) iteration.into(result, next);
    return result;
  };
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(stage));
  return wrapper;
}
