import type { OperatorHistory } from '../model/operator-history.ts';
import type { DetectionLimits } from '../progress-monitor.ts';

/** An operator may hold for this many times what is usual for it. */
const tolerance = 1.5;
/** The threshold adapts at most up to this many times stallAfterMs, so that every stall is found at last. */
const ceilingFactor = 10;

/**
 * How long an operator may hold work before it counts as stalled, milliseconds: never less than stallAfterMs; more for an
 * operator whose pauses between completions are usually long, such as one that writes a batch in 40 s.
 *
 * "Usually" is the upper quartile of the last 16 gaps, one gap per report with completions: a few real stalls among many
 * healthy reports do not teach the detector that stalls are normal. Of fewer than four it is the longest: a pause that ended by
 * itself is the best guess there is.
 */
export function stallThresholdMs(
  history: Pick<OperatorHistory, 'gapsMs'> | undefined,
  { stallAfterMs }: DetectionLimits,
): number {
  return adapted(history?.gapsMs ?? [], stallAfterMs);
}

/**
 * How old the oldest record of an operator may become while others go on, milliseconds: never less than stallAfterMs; more for
 * an operator of which some records usually take long. One that took long and was done is proof enough that they do.
 */
export function stuckThresholdMs(
  history: Pick<OperatorHistory, 'oldestAgesMs'> | undefined,
  { stallAfterMs }: DetectionLimits,
): number {
  return adapted(history?.oldestAgesMs ?? [], stallAfterMs);
}

function adapted(samplesMs: readonly number[], stallAfterMs: number): number {
  const sorted = samplesMs.toSorted((left, right) => left - right);
  const usualMs = sorted[Math.ceil(sorted.length * 0.75) - 1] ?? 0;
  return Math.min(Math.max(stallAfterMs, tolerance * usualMs), ceilingFactor * stallAfterMs);
}
