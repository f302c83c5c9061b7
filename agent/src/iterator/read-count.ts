import type { Method, ReadableInternals } from '../stream/internals.ts';
import type { PullCount } from './pull.ts';

/**
 * Notes when the iterator of a stream has taken a record out of the stream: until its consumer gets it, it is in neither.
 * A sealed stream is not watched. Gives the function that ends it.
 */
export function noteReads(stream: ReadableInternals & { read?: Method }, count: PullCount): () => void {
  const { read: original } = stream;
  if (typeof original !== 'function' || !Object.isExtensible(stream)) return () => undefined;
  function read(this: unknown, size: unknown): unknown {
    const before = count.takenAt;
    // Before anything that the read sets off.
    count.takenAt = count.pulls;
    const chunk: unknown = original?.call(this, size);
    if (chunk === null) count.takenAt = before;
    return chunk;
  }
  stream.read = read;
  return () => {
    if (stream.read === read) stream.read = original;
  };
}
