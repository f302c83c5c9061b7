import stream from 'node:stream';
import promises from 'node:stream/promises';
import type { Adoption } from './adoption.ts';
import { hasReadableSide, hasWritableSide, type Method } from './internals.ts';
import type { Patches } from './patch.ts';

/** Finds what pipeline() connects through functions; what it connects directly is found by its calls of pipe(). */
export function hookPipeline(patches: Patches, adoption: Adoption): void {
  for (const owner of [stream, promises]) {
    patches.method(owner as unknown as Record<string, unknown>, 'pipeline', (original: Method): Method => {
      return function pipeline(this: unknown, ...rest: unknown[]): unknown {
        const result = original.apply(this, rest);
        try {
          connect(adoption, rest.length === 1 || Array.isArray(rest[0]) ? (rest[0] as unknown[]) : rest, pipeline);
        } catch (error) {
          adoption.graph.onError(error);
        }
        return result;
      };
    });
  }
}

/** Streams that have nothing but functions between them. */
function connect(adoption: Adoption, stages: readonly unknown[], hook: Method): void {
  let last: object | undefined;
  let functions = 0;
  for (const stage of stages) {
    if (typeof stage === 'function') {
      functions++;
      continue;
    }
    if (last !== undefined && functions > 0 && hasWritableSide(stage) && !adoption.written.has(stage)) {
      adoption.link(last, stage, 'through', hook);
    }
    functions = 0;
    last = hasReadableSide(stage) ? stage : undefined;
  }
}
