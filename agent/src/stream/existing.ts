import type { Adoption } from './adoption.ts';
import { hasReadableSide, hasWritableSide, type StreamInternals } from './internals.ts';
import { isThreadOutput } from './pipe.ts';

/**
 * Finds the pipes that were there before the agent, among objects that may or may not be streams; gives their number. Everything
 * is counted from now on. Runs in the middle of user code, so nothing of theirs is called: only own properties are read, and
 * the streams are adopted when the stack is empty.
 */
export function linkExisting(adoption: Adoption, candidates: Iterable<object>): number {
  let pipes = 0;
  for (const candidate of candidates) {
    try {
      for (const target of pipesOf(candidate)) {
        if (!hasWritableSide(target)) continue;
        adoption.linkNow(candidate, target, 'pipe', () => undefined);
        pipes += 1;
      }
    } catch (error) {
      adoption.graph.onError(error);
    }
  }
  return pipes;
}

function pipesOf(candidate: object): readonly unknown[] {
  const state = Object.getOwnPropertyDescriptor(candidate, '_readableState')?.value;
  const stream: StreamInternals = candidate;
  if (typeof state !== 'object' || state === null || !hasReadableSide(stream) || isThreadOutput(stream)) return [];
  const { pipes } = stream._readableState;
  // Older copies of the stream code keep a single target by itself, and none as null.
  if (Array.isArray(pipes)) return pipes;
  return pipes === null || pipes === undefined ? [] : [pipes];
}
