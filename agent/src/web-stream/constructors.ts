import web from 'node:stream/web';
import type { Graph } from '../operator/graph.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { active, CountedStrategy, countedFunctions } from './counted.ts';
import { rememberSide, sideOf } from './known-sides.ts';
import { Side } from './side.ts';

const KINDS = { ReadableStream: 'source', TransformStream: 'transform', WritableStream: 'sink' } as const;

/**
 * Counts what goes through the streams that the user makes. The constructors are shown through a Proxy, which has the name, the
 * static methods and the prototype of the one behind it: whatever is made inside of Node is still an instance of it.
 */
export function hookConstructors(patches: Patches, graph: Graph): void {
  for (const [className, kind] of Object.entries(KINDS) as ['ReadableStream', 'source'][]) {
    const original = web[className] as unknown as Method & { prototype: object };
    if (typeof original !== 'function') continue;
    const shown: Method = new Proxy(original, {
      construct(target, given: unknown[], newTarget) {
        if (graph.stopped) return Reflect.construct(target, given, newTarget) as object;
        const side = new Side(graph, kind, className, true);
        const [user] = given;
        side.madeOf = { streamClass: newTarget, user };
        given[0] = countedFunctions(user, side, graph.board.control);
        if (kind !== 'source') given[1] = CountedStrategy.of(given[1], side);
        const stream = Reflect.construct(target, given, newTarget) as object;
        remember(stream, kind, side);
        return stream;
      },
    });
    patches.method(original.prototype as Record<string, unknown>, 'constructor', () => shown);
    patches.method(web as unknown as Record<string, unknown>, className, () => shown);
    patches.method(globalThis as unknown as Record<string, unknown>, className, () => shown);
  }
  const { TransformStreamDefaultController, ReadableStreamDefaultController } = web;
  for (const Controller of [TransformStreamDefaultController, ReadableStreamDefaultController]) {
    patches.method(Controller.prototype as unknown as Record<string, unknown>, 'enqueue', (original) => {
      return function enqueue(this: object, chunk: unknown): unknown {
        // Before it is handed over: the next stream may be done with it when this returns.
        const side = this === active.controller ? active.side : sideOf(this);
        if (side !== undefined) side.enqueued++;
        return original.call(this, chunk);
      };
    });
  }
  patches.method(
    ReadableStreamDefaultController.prototype as unknown as Record<string, unknown>,
    'close',
    (original) => {
      return function close(this: object): unknown {
        const result: unknown = original.call(this);
        const side = sideOf(this);
        if (side !== undefined) side.ended = true;
        return result;
      };
    },
  );
}

function remember(stream: object, kind: Side['kind'], side: Side): void {
  if (kind !== 'transform') {
    rememberSide(stream, side);
    if (kind === 'source') side.readable = stream;
  } else {
    // A transform is known by both of its streams.
    side.readable = readableOf.call(stream) as object;
    rememberSide(side.readable, side);
    rememberSide(writableOf.call(stream) as object, side);
  }
}

const readableOf = getter(web.TransformStream.prototype, 'readable');
const writableOf = getter(web.TransformStream.prototype, 'writable');

/** A subclass may have a property of that name of its own. */
function getter(prototype: object, key: string): Method {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get ?? (() => undefined);
}
