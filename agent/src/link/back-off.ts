/** Bounds of the pause between two attempts, milliseconds. */
export interface BackOffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Pauses of the worker's dialler: up to half a second at first, up to half a minute in the end, for ever. */
export const DIAL_BACK_OFF: BackOffBounds = { baseMs: 500, capMs: 30_000 };

const GROWTH = 1.5;

/**
 * Pause before the next attempt: min(cap, base · 1.5^attempt), of which a random half is taken off, "equal jitter", so that a
 * thousand workers of one monitor do not come back in step. At least half of each pause is kept, so that the attempts cannot
 * run ahead of the time: a monitor that was away for t is dialled again at most t + base after it is back, which for a short cut is
 * before the worker counts as lost.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param attempt Failed attempts before this one, from 0.
 * @param random A number from 0 up to but not including 1.
 */
export function backOffMs(attempt: number, random: number, { baseMs, capMs }: BackOffBounds = DIAL_BACK_OFF): number {
  const longestMs = Math.min(capMs, baseMs * GROWTH ** attempt);
  return Math.round(longestMs * (1 - random / 2));
}
