/** Longest pause that a receiver may ask for with Retry-After. */
const maxRetryAfterMs = 10_000;

/**
 * How long a receiver asks to be left alone by its Retry-After, which is a number of seconds or a date (RFC 9110, section 10.2.3);
 * 0 where it asks for nothing that can be understood. Pure.
 */
export function retryAfterMs(header: string | undefined, nowUnixMs: number): number {
  if (header === undefined) return 0;
  const seconds = Number(header);
  const afterMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowUnixMs;
  return Math.min(maxRetryAfterMs, Math.max(0, afterMs || 0));
}
