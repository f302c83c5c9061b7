/**
 * How a worker's monotonic clock lies to the monitor's: the least difference between the receipt of a report and the time that
 * stands in it, over the last minute. This is the clock filter of NTP (RFC 5905, section 10): the report that was delayed least
 * tells most. Clocks of the day take no part, so nobody can step this one.
 *
 * The time that comes out is never later than the receipt of the report. It is too late by at most the delay of the fastest
 * report of the window, or of the eight newest if all of these were late, and too early by at most what the two clocks drift apart in it.
 */
export interface WorkerClock {
  /** Least offset per stretch of time, oldest first; at most windowMs / stretchMs and one. */
  readonly stretches: readonly { readonly beganMs: number; readonly leastMs: number }[];
  /** Newest reports that all came later than the filter allows for, and the least offset among them. */
  readonly late: { readonly reports: number; readonly leastMs: number };
}

/** A clock that nothing is known of. */
export const unknownClock: WorkerClock = {
  stretches: [],
  late: { reports: 0, leastMs: Number.POSITIVE_INFINITY },
};

/** How long a report counts, milliseconds: two clocks that drift by 100 ppm are 6 ms apart then. */
export const clockWindowMs = 64_000;
const stretchMs = 8000;

/**
 * So many reports in a row that are later than this, milliseconds, are taken for a clock that stood still for a while: that of a
 * machine that slept. They begin the window anew. When it was congestion after all, the next quick report mends it.
 */
const steppedMs = 250;
const steppedReports = 8;

/** The clock after one more report, which says workerMs and has arrived at receivedMs on the monitor's clock. Pure. */
export function advanceClock(clock: WorkerClock, receivedMs: number, workerMs: number): WorkerClock {
  const offset = receivedMs - workerMs;
  const late =
    offset - offsetMs(clock) > steppedMs
      ? { reports: clock.late.reports + 1, leastMs: Math.min(clock.late.leastMs, offset) }
      : unknownClock.late;
  if (late.reports >= steppedReports) {
    return { stretches: [{ beganMs: receivedMs, leastMs: late.leastMs }], late: unknownClock.late };
  }
  const kept = clock.stretches.filter(({ beganMs }) => receivedMs - beganMs < clockWindowMs);
  const newest = kept.at(-1);
  if (newest === undefined || receivedMs - newest.beganMs >= stretchMs) {
    return { stretches: [...kept, { beganMs: receivedMs, leastMs: offset }], late };
  }
  const leastMs = Math.min(newest.leastMs, offset);
  if (leastMs === newest.leastMs && late === clock.late && kept.length === clock.stretches.length) return clock;
  return { stretches: [...kept.slice(0, -1), { ...newest, leastMs }], late };
}

/** What is to be added to the worker's monotonic clock to get the monitor's; Infinity when nothing is known. */
export function offsetMs({ stretches }: WorkerClock): number {
  return stretches.reduce((least, { leastMs }) => Math.min(least, leastMs), Number.POSITIVE_INFINITY);
}

/**
 * How far the fastest reports of different stretches lie apart: what delay and drift do to the offset. The least delay that
 * every report has in common is not in it, because no message in one direction tells that. null: not known yet.
 */
export function offsetSpreadMs({ stretches }: WorkerClock): number | null {
  if (stretches.length < 2) return null;
  const offsets = stretches.map(({ leastMs }) => leastMs);
  return Math.max(...offsets) - Math.min(...offsets);
}
