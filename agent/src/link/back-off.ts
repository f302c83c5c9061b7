/** Bounds of the pause between two attempts, milliseconds. */
export interface BackOffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Pauses of the worker's dialler: up to half a second at first, up to half a minute in the end, for ever. */
export const DIAL_BACK_OFF: BackOffBounds = { baseMs: 500, capMs: 30_000 };

/**
 * Pause before the next attempt: a random share of min(cap, base · 2^attempt), "full jitter", so that a thousand workers
 * of one monitor do not come back in step.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param attempt Failed attempts before this one, from 0.
 * @param random A number from 0 up to but not including 1.
 */
export function backOffMs(attempt: number, random: number, { baseMs, capMs }: BackOffBounds = DIAL_BACK_OFF): number {
  return Math.round(random * Math.min(capMs, baseMs * 2 ** attempt));
}
