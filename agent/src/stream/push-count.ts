import type { Method, ReadableInternals } from './internals.ts';
import { ReadableFlag } from './state-flags.ts';

/** Where the count goes; undefined when it cannot be had. */
export interface PushCounter {
  pushed: number | undefined;
}

export interface PushCount {
  stop(): void;
}

function lengthOf(chunk: unknown, encoding: unknown, objectMode: boolean): number {
  if (chunk === null) return 0;
  if (objectMode) return 1;
  if (typeof chunk === 'string') return Buffer.byteLength(chunk, encoding as BufferEncoding | undefined);
  return (chunk as { byteLength?: number } | undefined)?.byteLength ?? 0;
}

/**
 * Counts what a readable side puts into its buffer, in the unit of that buffer.
 *
 * Only for sources that share a target with other sources: the difference between the count and the length of the buffer is
 * what has been handed over. A stream that decodes text changes lengths on the way, and is not counted; nor is a sealed one.
 */
export function countPushes(stream: ReadableInternals, counter: PushCounter): PushCount | undefined {
  const { push, unshift } = stream;
  const state = stream._readableState;
  if (!Object.isExtensible(stream)) return undefined;
  if (state.decoder || typeof push !== 'function' || typeof unshift !== 'function') return undefined;
  const objectMode = ReadableFlag.objectMode(state);
  const restored: Array<() => void> = [];
  counter.pushed = state.length;
  const counted = (name: 'push' | 'unshift', original: Method): void => {
    function count(this: unknown, chunk: unknown, encoding: unknown): unknown {
      if (counter.pushed !== undefined) counter.pushed += lengthOf(chunk, encoding, objectMode);
      return original.call(this, chunk, encoding);
    }
    stream[name] = count;
    restored.push(() => {
      if (stream[name] === count) stream[name] = original;
    });
  };
  counted('push', push);
  counted('unshift', unshift);
  return {
    stop: () => {
      for (const restore of restored) restore();
      counter.pushed = undefined;
    },
  };
}
