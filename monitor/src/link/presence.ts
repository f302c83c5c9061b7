/** Pause between two looks at all connections. */
export const sweepPeriodMs = 250;

/** The monitor says something to each worker at least this often. */
export const monitorHeartbeatMs = 5000;

/** A worker that promises nothing is asked for a sign of life, by a WebSocket ping, after this much silence. */
export const pingAfterMs = 30_000;

/** Shorter promises are not held against a worker: a busy network is slower than that. */
const shortestSilenceMs = 500;

/** Longer promises would hide a dead worker for good. */
const longestSilenceMs = 600_000;

/**
 * How long a connection may be silent: twice what the worker declared. One that declared nothing is only asked to answer
 * pings, which every WebSocket peer does by itself; without that a connection cut in the middle would stay for ever.
 */
export function silenceLimitMs(declaredPeriodMs: number): number {
  if (declaredPeriodMs === 0) return 2 * pingAfterMs;
  return Math.min(longestSilenceMs, Math.max(shortestSilenceMs, 2 * declaredPeriodMs));
}

/**
 * Adds the time since the last look to a silence. One look adds at most its own period twice, so that a monitor that was
 * itself suspended does not find all its workers dead.
 */
export function addSilence(silentMs: number, sinceLastLookMs: number): number {
  return silentMs + Math.min(Math.max(0, sinceLastLookMs), 2 * sweepPeriodMs);
}
