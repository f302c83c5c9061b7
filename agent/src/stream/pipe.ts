import type { Adoption } from './adoption.ts';
import type { Method, StreamInternals } from './internals.ts';
import type { Patches } from './patch.ts';

/** Class of the stream that brings what a thread prints to the main thread: the runtime's own plumbing, not a dataflow. */
const THREAD_OUTPUT = 'ReadableWorkerStdio';

/** True for the output of a worker thread, which the runtime pipes to the output of the process. */
export function isThreadOutput(stream: object): boolean {
  return stream.constructor?.name === THREAD_OUTPUT;
}

/** Finds the edges that are made with pipe(), also those that pipeline() makes with it, by streams of one copy of the stream code. */
export function hookPipe(patches: Patches, adoption: Adoption, prototype: object): void {
  patches.method(prototype as Record<string, unknown>, 'pipe', (original: Method): Method => {
    return function pipe(this: object, target: unknown, options: unknown): unknown {
      try {
        // Before the flow starts: a program that blocks on its first record must be on the board already.
        const toOutput = (target as StreamInternals | undefined)?._isStdio === true;
        if (!(toOutput && isThreadOutput(this))) adoption.link(this, target, 'pipe', pipe);
      } catch (error) {
        adoption.graph.onError(error);
      }
      const { piping } = adoption;
      adoption.piping = true;
      try {
        return original.call(this, target, options);
      } finally {
        adoption.piping = piping;
      }
    };
  });
}
