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
    const { pulls } = count;
    // Whoever listens to the stream beside the loop runs when the record has left the stream. Nobody else does, and until it
    // leaves it is counted there: a marker that passes while the stream makes its next record must not count it twice.
    if ((stream.listenerCount?.('data') ?? 0) > 0) count.takenAt = pulls;
    const chunk: unknown = original?.call(this, size);
    count.takenAt = chunk === null ? before : pulls;
    return chunk;
  }
  stream.read = read;
  return () => {
    if (stream.read === read) stream.read = original;
  };
}
