import { stat } from 'node:fs';

/** How long a task of a few microseconds may wait before the pool counts as taken. A pool that is only busy gets to it sooner. */
export const CANARY_MS = 1000;
const STEP_MS = 50;

/** Tells whether libuv's thread pool still works, which all threads of the process share. */
export interface PoolCanary {
  /** Gives the pool a small task, unless one is waiting already: it would wait behind it. */
  start(): void;
  /** How long the task has waited; 0 when it is done in time. Waits for it at most until CANARY_MS after its start. */
  waitingMs(): Promise<number>;
}

/** What a canary needs of its surroundings. */
export interface PoolCanaryOptions {
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Runs a small task in the pool and calls back, whatever comes of it. */
  readonly runInPool?: (done: () => void) => void;
}

/** The root of the file system is on no network, so that only the pool can make it wait. */
const lookAtRoot = (done: () => void): void => stat('/', done);

/** A canary that has not been started. */
export function createPoolCanary({ nowMs, pause, runInPool = lookAtRoot }: PoolCanaryOptions): PoolCanary {
  let sinceMs: number | undefined;
  return {
    start() {
      if (sinceMs !== undefined) return;
      sinceMs = nowMs();
      runInPool(() => {
        sinceMs = undefined;
      });
    },
    async waitingMs() {
      while (sinceMs !== undefined && nowMs() - sinceMs < CANARY_MS) await pause(STEP_MS);
      return sinceMs === undefined ? 0 : nowMs() - sinceMs;
    },
  };
}
