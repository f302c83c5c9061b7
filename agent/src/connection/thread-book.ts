import { Worker } from 'node:worker_threads';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { newHistory, TRAFFIC, Traffic } from './traffic.ts';

/** How many threads are known at once; of those that are started beyond that nothing is told. */
const MAX_THREADS = 256;

/** Threads that are no part of the program. */
export const notFollowed: WeakSet<Worker> = new WeakSet();

type FollowedWorker = Worker & { [TRAFFIC]?: Traffic };

/** One thread that this thread has started, and the messages between the two. */
export interface KnownThread {
  readonly thread: number;
  readonly traffic: Traffic;
}

/**
 * Threads that this thread has started, held weakly: a message to one is a question, and what it sends is its answer. Of ports
 * that are handed over nothing is known, because nothing tells who has the other end.
 */
export class ThreadBook {
  readonly #nowMs: () => number;
  #workers: WeakRef<FollowedWorker>[] = [];

  /** @param nowMs monotonic and coarse: the clock of the traffic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A thread was started. */
  follow(worker: Worker): void {
    if (notFollowed.has(worker)) return;
    if (this.#workers.length >= MAX_THREADS) this.#workers = this.#workers.filter((weak) => runs(weak.deref()));
    if (this.#workers.length >= MAX_THREADS) return;
    const traffic = new Traffic(newHistory('worker thread'), this.#nowMs());
    Object.defineProperty(worker, TRAFFIC, { value: traffic, configurable: true, enumerable: false, writable: true });
    this.#workers.push(new WeakRef(worker));
  }

  /** Those that run. */
  running(): KnownThread[] {
    return this.#workers.flatMap((weak) => {
      const worker = weak.deref();
      const traffic = worker?.[TRAFFIC];
      return worker === undefined || traffic === undefined || !runs(worker)
        ? []
        : [{ thread: worker.threadId, traffic }];
    });
  }
}

/** A thread that has ended has lost its number. */
function runs(worker: Worker | undefined): boolean {
  return worker !== undefined && worker.threadId > 0;
}

/**
 * Follows the threads that this thread starts, and the messages that go through their Worker objects.
 *
 * @param clock the board's, whose first cell is the time of the last pulse
 */
export function hookThreads(
  patches: Patches,
  book: ThreadBook,
  clock: Float64Array,
  onError: (error: unknown) => void,
): void {
  const follow = (worker: Worker): void => {
    try {
      book.follow(worker);
    } catch (error) {
      onError(error);
    }
  };
  process.on('worker', follow);
  patches.undo(() => process.off('worker', follow));

  const prototype = Worker.prototype as unknown as Record<string, unknown>;
  patches.method(prototype, 'postMessage', (original: Method): Method => {
    return function postMessage(this: FollowedWorker, ...rest: unknown[]): unknown {
      this[TRAFFIC]?.wrote(clock[0] as number);
      return original.apply(this, rest);
    };
  });
  hookEmit(patches, prototype, clock);
}

/** Worker objects inherit emit(), through which the runtime gives out every message, whoever listens and however. */
function hookEmit(patches: Patches, prototype: Record<string, unknown>, clock: Float64Array): void {
  if (Object.hasOwn(prototype, 'emit')) return;
  const above = Object.getPrototypeOf(prototype) as { emit: Method };
  const emit = function emit(this: FollowedWorker, event: unknown, ...rest: unknown[]): unknown {
    if (event === 'message') this[TRAFFIC]?.read(clock[0] as number);
    return above.emit.call(this, event, ...rest);
  };
  Object.defineProperty(prototype, 'emit', { value: emit, configurable: true, enumerable: false, writable: true });
  patches.undo(() => {
    // Somebody who has patched on top of this keeps the last word.
    if (prototype.emit === emit) delete prototype.emit;
  });
}
