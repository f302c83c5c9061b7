import type { Worker } from 'node:worker_threads';
import type { ToThread } from '../thread/messages.ts';

/** Tells the agent thread of threads that have ended, which they cannot do themselves when they are terminated. */
export interface ChildThreads {
  /** Looks which of them are still there. */
  look(): void;
  stop(): void;
}

/** How many threads of one thread are watched at once. */
const MAX_CHILDREN = 1024;

/**
 * Watches the threads that this thread starts. Nothing is put on the user's Worker objects: a thread that has ended has lost its
 * number, which is looked at, and a Worker is alive for as long as its thread anyway.
 */
export function watchThreads(post: (message: ToThread) => void): ChildThreads {
  const children = new Map<Worker, number>();
  const onWorker = (worker: Worker): void => {
    if (worker.threadId <= 0 || children.size >= MAX_CHILDREN) return;
    children.set(worker, worker.threadId);
    post({ type: 'thread', id: worker.threadId });
  };
  process.on('worker', onWorker);
  return {
    look() {
      for (const [worker, id] of children) {
        if (worker.threadId === id) continue;
        children.delete(worker);
        post({ type: 'thread-ended', id });
      }
    },
    stop() {
      process.off('worker', onWorker);
      children.clear();
    },
  };
}
