/** How much of the time for one answer is left. */
export interface Deadline {
  /** Milliseconds left, at most `atMost`, at least 1. */
  left(atMost: number): number;
  readonly over: boolean;
}

export function createDeadline(limitMs: number, nowMs: () => number = () => performance.now()): Deadline {
  const endMs = nowMs() + limitMs;
  return {
    left: (atMost) => Math.max(1, Math.min(atMost, Math.floor(endMs - nowMs()))),
    get over() {
      return nowMs() >= endMs;
    },
  };
}
