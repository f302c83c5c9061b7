import type { OperatorSnapshot } from './snapshot.ts';

/** What an operator's past says about it; everything else is in its newest snapshot. */
export interface OperatorHistory {
  /** Its newest pauses between completions while busy, milliseconds, oldest first; at most maxGaps. */
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
  const next = {
    unreadMs: unread ? history.unreadMs + Math.min(Math.max(0, reportGapMs), 2 * intervalMs) : 0,
    oldestAgesMs: oldestAges(history.oldestAgesMs, before, now, reportGapMs, intervalMs),
    failuresSinceProgress:
      completions > 0 ? 0 : history.failuresSinceProgress + Math.max(0, now.failures - before.failures),
  };
  if (completions > 0) {
    const gapMs = before.heldMs + Math.max(0, reportGapMs - now.progressAgeMs) / completions;
    return { ...next, gapsMs: [...history.gapsMs.slice(1 - maxGaps), gapMs] };
  }
  const same =
    next.unreadMs === history.unreadMs &&
    next.oldestAgesMs === history.oldestAgesMs &&
    next.failuresSinceProgress === history.failuresSinceProgress;
  return same ? history : { ...next, gapsMs: history.gapsMs };
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
