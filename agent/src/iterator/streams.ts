import stream, { Readable } from 'node:stream';
import promises from 'node:stream/promises';
import { userCallSite } from '../operator/call-site.ts';
import type { Adoption } from '../stream/adoption.ts';
import { hasReadableSide, hasWritableSide, type Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { countPulls, isGenerator } from './generators.ts';
import type { Iteration, Stage } from './iteration.ts';

/** What every function has. */
const OWN_KEYS: ReadonlySet<unknown> = new Set(['length', 'name', 'prototype']);

/** Finds the generators that Node's own loops take from: those behind Readable.from(), and the functions of a pipeline. */
export function hookGeneratorStreams(patches: Patches, adoption: Adoption, iteration: Iteration): void {
  for (const name of [Symbol.asyncIterator, 'iterator'] as never[]) {
    patches.method(Readable.prototype, name, (original: Method): Method => {
      return function iterate(this: unknown, ...rest: unknown[]): unknown {
        const iterator: unknown = original.apply(this, rest);
        countPulls(iterator, iteration);
        return iterator;
      };
    });
  }
  patches.method(Readable as unknown as Record<string, unknown>, 'from', (original: Method): Method => {
    return function from(this: unknown, ...rest: unknown[]): unknown {
      const readable: unknown = original.apply(this, rest);
      const [iterable] = rest;
      if (!iteration.ofNode && isGenerator(iterable) && hasReadableSide(readable)) {
        const prompt = adoption.young.takesAtOnce();
        iteration.stage(iterable, {
          target: readable,
          takes: true,
          site: prompt ? userCallSite(from) : undefined,
          prompt,
        });
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
        // An array is one argument, and so is what comes after it.
        const stages = Array.isArray(rest[0]) ? rest[0] : rest;
        if (!stages.some(isFunctionBeforeStage)) return original.apply(this, rest);
        const prompt = adoption.young.takesAtOnce();
        const site = prompt ? userCallSite(pipeline) : undefined;
        const watched = watchStages(stages, { site, prompt }, adoption, iteration);
        return original.apply(this, stages === rest ? watched : [watched, ...rest.slice(1)]);
      };
    });
  }
}

/** The last function takes from the pipeline, or is told of its end. */
function isFunctionBeforeStage(stage: unknown, index: number, stages: readonly unknown[]): boolean {
  return typeof stage === 'function' && index < stages.length - 1;
}

/** The stages of a pipeline, with its functions told which stream they are written into. */
function watchStages(
  stages: readonly unknown[],
  where: Pick<Stage, 'site' | 'prompt'>,
  adoption: Adoption,
  iteration: Iteration,
): unknown[] {
  return stages.map((stage, index) => {
    if (!isFunctionBeforeStage(stage, index, stages)) return stage;
    const next = stages[index + 1];
    const target = hasWritableSide(next) ? next : undefined;
    return watched(stage as Method, { target, takes: index > 0, ...where }, adoption, iteration);
  });
}

function watched(stage: Method, place: Stage, adoption: Adoption, iteration: Iteration): Method {
  const wrapper = function (this: unknown, ...rest: unknown[]): unknown {
    const result: unknown = Reflect.apply(stage, this, rest);
    if (isGenerator(result)) {
      iteration.stage(result, place);
      if (place.target !== undefined) adoption.written.add(place.target);
    }
    return result;
  };
  // A function may be a stream as well. Of any other, nobody but Node sees what stands in its place.
  if (Reflect.ownKeys(stage).some((key) => !OWN_KEYS.has(key)))
    Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(stage));
  return wrapper;
}
