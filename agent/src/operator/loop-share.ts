import { performance } from 'node:perf_hooks';

/** How much of its time the event loop of the main thread is in use, from one question to the next. */
export class LoopShare {
  #last = performance.eventLoopUtilization();

  /** 0 to 1 since the last question; 1 before the loop has begun, when everything runs in one piece. */
  inUse(): number {
    const now = performance.eventLoopUtilization();
    const { idle, active, utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return idle + active === 0 ? 1 : utilization;
  }
}
