/** How many things may happen at once, and how often after that. */
export interface AllowanceBounds {
  readonly atOnce: number;
  /** One more in this time. */
  readonly everyMs: number;
}

/** Lets things happen so often and not oftener; somebody else's wish cannot raise it. */
export interface Allowance {
  /** False: not now. */
  take(): boolean;
}

/** An allowance that is full. */
export function createAllowance({ atOnce, everyMs }: AllowanceBounds, nowMs: () => number): Allowance {
  let left = atOnce;
  let atMs = nowMs();
  return {
    take() {
      const now = nowMs();
      left = Math.min(atOnce, left + Math.max(0, now - atMs) / everyMs);
      atMs = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
