import type { OperatorSnapshot } from './snapshot.ts';

/** What an operator's past says about it; everything else is in its newest snapshot. */
export interface OperatorHistory {
  /** Its newest pauses between completions while busy, milliseconds, oldest first; at most maxGaps. 0: one below leastGapMs. */
  readonly gapsMs: readonly number[];
  /** For how long it has been output-blocked with nobody attached to read, milliseconds. 0: it is not. */
  readonly unreadMs: number;
  /** Ages at which its newest long records were done: those that had been the oldest in a report before; at most maxGaps. */
  readonly oldestAgesMs: readonly number[];
  /** Attempts that have failed since its last completion. */
  readonly failuresSinceProgress: number;
}

/** A new operator's history. */
export const emptyHistory: OperatorHistory = { gapsMs: [], unreadMs: 0, oldestAgesMs: [], failuresSinceProgress: 0 };

/** How many gaps are remembered; the threshold of a stall looks at their upper quartile. */
export const maxGaps = 16;
/**
 * A shorter gap is remembered as 0: one and a half of it is below the least stallAfterMs there is, so no threshold depends on it, and an
 * operator that flows keeps one history instead of making one with every report.
 */
const leastGapMs = 300;

/**
 * The history after one more report, reportGapMs after the one before on the worker's clock. Pure.
 *
 * A report that shows completions yields one gap: the time held before, plus an equal share of the rest of the pause per
 * completion. A batch operator that completes once in 40 s so yields 40 s each time, one that completes a thousand records a
 * second yields a millisecond. A pause between two reports adds at most two report intervals to unreadMs, so that lost reports
 * and a suspended machine cannot make an incident.
 */
export function advanceHistory(
  history: OperatorHistory,
  before: OperatorSnapshot,
  now: OperatorSnapshot,
  reportGapMs: number,
  intervalMs: number,
): OperatorHistory {
  const completions = now.completed - before.completed;
  const unread = now.state === 'backpressured' && now.unread && completions === 0;
  const gapMs = before.heldMs + Math.max(0, reportGapMs - now.progressAgeMs) / completions;
  const gapsMs = completions > 0 ? remember(history.gapsMs, gapMs) : history.gapsMs;
  const unreadMs = unread ? history.unreadMs + Math.min(Math.max(0, reportGapMs), 2 * intervalMs) : 0;
  const oldestAgesMs = oldestAges(history.oldestAgesMs, before, now, reportGapMs, intervalMs);
  const failed = history.failuresSinceProgress + Math.max(0, now.failures - before.failures);
  const failuresSinceProgress = completions > 0 ? 0 : failed;
  const same =
    gapsMs === history.gapsMs &&
    unreadMs === history.unreadMs &&
    oldestAgesMs === history.oldestAgesMs &&
    failuresSinceProgress === history.failuresSinceProgress;
  return same ? history : { gapsMs, unreadMs, oldestAgesMs, failuresSinceProgress };
}

/** Nothing but short gaps, by how many: one list for all operators that flow. */
const flowing: readonly (readonly number[])[] = Array.from({ length: maxGaps + 1 }, (_, gaps) => Array(gaps).fill(0));

function remember(gapsMs: readonly number[], gapMs: number): readonly number[] {
  const kept = gapMs < leastGapMs ? 0 : gapMs;
  const gaps = Math.min(gapsMs.length + 1, maxGaps);
  if (kept === 0 && gapsMs.every((known) => known === 0)) return flowing[gaps] ?? [];
  return [...gapsMs.slice(1 - maxGaps), kept];
}

/** A record that was the oldest and is not any more has left; only one that lived longer than a report tells anything. */
function oldestAges(
  agesMs: readonly number[],
  before: OperatorSnapshot,
  now: OperatorSnapshot,
  reportGapMs: number,
  intervalMs: number,
): readonly number[] {
  if (before.oldestMs < intervalMs) return agesMs;
  const renamed = before.oldestKey !== '' && now.oldestKey !== '' && before.oldestKey !== now.oldestKey;
  const younger = now.oldestMs < before.oldestMs + Math.max(0, reportGapMs) / 2;
  return renamed || younger ? [...agesMs.slice(1 - maxGaps), before.oldestMs] : agesMs;
}
