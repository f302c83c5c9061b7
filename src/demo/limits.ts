import type { Fault } from './fault.ts';

/** The demo's thresholds: short ones, so that a person need not wait. Milliseconds. */
export const DEMO_LIMITS = {
  stallAfterMs: 3000,
  checkIntervalMs: 250,
  loopBlockedMs: 1000,
  reportIntervalMs: 250,
  markerIntervalMs: 250,
  resolveAfterMs: 500,
} as const;

/** How long a watched loop may be blocked before the worker itself says so (published bound of a blocked loop). */
const BLOCKED_LOOP_ALLOWANCE_MS = 200;
/** For the machine: the fault takes effect, timers are late, the incident is stored before it is told. */
const MARGIN_MS = 3000;

/** How long after the start the five operators may take to move. */
export const FLOW_WITHIN_MS = 20_000;

/** The published bound, threshold + one check + one report, and a margin for the machine. */
export function openedWithinMs(fault: Fault): number {
  const { stallAfterMs, loopBlockedMs, checkIntervalMs, reportIntervalMs } = DEMO_LIMITS;
  return fault === 'spin'
    ? loopBlockedMs + checkIntervalMs + BLOCKED_LOOP_ALLOWANCE_MS + MARGIN_MS
    : stallAfterMs + checkIntervalMs + reportIntervalMs + MARGIN_MS;
}

/** How long after it was opened an incident may take to name a line. */
export const LOCATED_WITHIN_MS = 3000;

/** How long after the fault is lifted an incident may take to be resolved. */
export const RESOLVED_WITHIN_MS: number =
  DEMO_LIMITS.resolveAfterMs + DEMO_LIMITS.checkIntervalMs + DEMO_LIMITS.reportIntervalMs + MARGIN_MS;
