import type { Method, ReadableInternals } from '../stream/internals.ts';
import type { Step } from './step.ts';

/**
 * Notes what a step reads from its stream: until the user's function is called with it, a record is in neither.
 *
 * @param skipped how many of the first records no function is called for, and nothing goes out for.
 * @param calls whether a function of the user's is called for the others.
 */
export function watchReads(
  stream: ReadableInternals & { read?: Method },
  step: Step,
  skipped: number,
  calls: boolean,
  nowMs: () => number,
): () => void {
  const { read: original } = stream;
  if (typeof original !== 'function') return () => undefined;
  let skips = skipped;
  function read(this: unknown, size: unknown): unknown {
    const before = step.arriving;
    // Whoever listens to the stream beside the step runs when the record has left the stream. Nobody else does, and until it
    // leaves it is counted there.
    const heard = (stream.listenerCount?.('data') ?? 0) > 0;
    if (heard) step.arriving = true;
    const chunk: unknown = original?.call(this, size);
    step.arriving = chunk === null ? before : true;
    if (chunk === null) return chunk;
    if (skips > 0) {
      skips--;
      step.finish(step.begin(nowMs()), false);
    } else if (!calls) step.finish(step.begin(nowMs()), step.gives === 'one');
    return chunk;
  }
  stream.read = read;
  return () => {
    if (stream.read === read) stream.read = original;
  };
}

/** Notes what goes out of a step. */
export function watchPushes(stream: ReadableInternals, step: Step): () => void {
  const { push: original } = stream;
  if (typeof original !== 'function') return () => undefined;
  function push(this: unknown, chunk: unknown, encoding: unknown): unknown {
    const more: unknown = original?.call(this, chunk, encoding);
    // After the record lies where it is counted next.
    if (chunk !== null) step.gaveOne();
    return more;
  }
  stream.push = push;
  return () => {
    if (stream.push === push) stream.push = original;
  };
}
