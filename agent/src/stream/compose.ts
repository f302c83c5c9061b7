import stream, { Readable } from 'node:stream';
import type { Adoption } from './adoption.ts';
import { hasWritableSide, type Method } from './internals.ts';
import type { Patches } from './patch.ts';

/**
 * Makes compositions transparent: what is piped into the outer stream goes to the first inner one, and what comes out of it
 * comes from the last. The edges between the inner ones are found by their pipes.
 */
export function hookCompose(patches: Patches, adoption: Adoption): void {
  patches.method(stream as unknown as Record<string, unknown>, 'compose', (original: Method): Method => {
    return function compose(this: unknown, ...streams: unknown[]): unknown {
      const outer = original.apply(this, streams);
      if (streams.length > 1) adoption.compose(outer, streams[0], streams.at(-1));
      return outer;
    };
  });
  patches.method(Readable.prototype as unknown as Record<string, unknown>, 'compose', (original: Method): Method => {
    return function compose(this: unknown, ...rest: unknown[]): unknown {
      const outer = original.apply(this, rest);
      // Before Node.js 24 it is read out of the composition by a loop of Node's own, which holds records as well.
      adoption.compose(outer, this, rest[0], !hasWritableSide(outer));
      return outer;
    };
  });
}
