/** How many messages a connection has left, as of a time. */
export interface TokenBucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Messages per second that a connection may send for long, and at once after a pause. */
export interface BucketLimits {
  readonly perSecond: number;
  readonly burst: number;
}

/** A worker sends a report a second and events now and then; a full outbox is 1000 events and then takes some seconds. */
export const messageLimits: BucketLimits = {
  /** Messages of one connection that are read per second, for long. */
  perSecond: 100,
  /** Messages of one connection that are read at once. */
  burst: 500,
};

/**
 * Takes one token. `waitMs` is how long to read nothing more from the connection: 0 while there are tokens. Frames that were
 * read already are still handled, so the balance may become negative by those.
 */
export function takeToken(
  bucket: TokenBucket,
  nowMs: number,
  limits: BucketLimits,
): { readonly bucket: TokenBucket; readonly waitMs: number } {
  const refilled = bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * limits.perSecond;
  const tokens = Math.min(limits.burst, refilled) - 1;
  return { bucket: { tokens, atMs: nowMs }, waitMs: tokens >= 0 ? 0 : (-tokens / limits.perSecond) * 1000 };
}
