import web from 'node:stream/web';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import type { WebAdoption } from './web-adoption.ts';

/** The classes themselves: what is shown in their place would be asked through a Proxy. */
const { ReadableStream, WritableStream } = web;

/** Finds the edges between Web Streams. */
export function hookPipes(patches: Patches, adoption: WebAdoption): void {
  const prototype = web.ReadableStream.prototype as unknown as Record<string, unknown>;
  const attempt = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      adoption.graph.onError(error);
    }
  };

  patches.method(prototype, 'pipeTo', (original: Method): Method => {
    return function pipeTo(this: unknown, ...rest: unknown[]): unknown {
      attempt(() => {
        if (isFree(this, ReadableStream) && isFree(rest[0], WritableStream)) adoption.link(this, rest[0], pipeTo);
      });
      return original.apply(this, rest);
    };
  });
  patches.method(prototype, 'pipeThrough', (original: Method): Method => {
    return function pipeThrough(this: unknown, ...rest: unknown[]): unknown {
      attempt(() => {
        const pair = rest[0] as { readable?: unknown; writable?: unknown; constructor?: { name?: unknown } } | null;
        if (typeof pair !== 'object' || pair === null || isOwn(pair)) return;
        const { readable, writable } = pair;
        if (!isFree(this, ReadableStream) || !isFree(writable, WritableStream)) return;
        if (readable instanceof ReadableStream) adoption.pair(readable, writable, String(pair.constructor?.name));
        adoption.link(this, writable, pipeThrough);
      });
      return original.apply(this, rest);
    };
  });
  patches.method(prototype, 'tee', (original: Method): Method => {
    return function tee(this: unknown): unknown {
      const branches: unknown = original.call(this);
      attempt(() => adoption.branch(this as object, branches as unknown[]));
      return branches;
    };
  });
}

/** A stream that a pipe will lock; what is locked already makes the pipe fail. */
function isFree(stream: unknown, Kind: abstract new (...given: never[]) => unknown): stream is object {
  return stream instanceof Kind && (stream as { locked?: unknown }).locked === false;
}

/** Getters of the user's own are not asked twice. */
function isOwn(pair: object): boolean {
  return ['readable', 'writable'].some((key) => Object.getOwnPropertyDescriptor(pair, key)?.get !== undefined);
}
