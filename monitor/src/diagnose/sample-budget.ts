import type { Finding } from '../detect/finding.ts';

/** Samples that one operator may still be asked for, as of a time; null: none was asked for yet. */
export type SampleBudget = { readonly samples: number; readonly atMs: number } | null;

/** Taken at once after a long rest; each one pauses the worker. */
const mostAtOnce = 3;

function samplesLeft(budget: SampleBudget, nowMs: number, pauseMs: number): number {
  if (budget === null) return mostAtOnce;
  return Math.min(mostAtOnce, budget.samples + Math.max(0, nowMs - budget.atMs) / pauseMs);
}

/**
 * Takes one sample out of the budget, which fills up by one in `pauseMs`; undefined: there is none left. The last one is kept for a
 * standstill that is an incident: pauses that are only suspected, and end by themselves, must not use up what would explain it. Pure.
 */
export function takeSample(
  budget: SampleBudget,
  stage: Finding['stage'],
  nowMs: number,
  pauseMs: number,
): SampleBudget | undefined {
  const samples = samplesLeft(budget, nowMs, pauseMs);
  return samples < (stage === 'found' ? 1 : 2) ? undefined : { samples: samples - 1, atMs: nowMs };
}

/** Whether nothing is known about the budget any more because it is full again. Pure. */
export function isFull(budget: SampleBudget, nowMs: number, pauseMs: number): boolean {
  return samplesLeft(budget, nowMs, pauseMs) >= mostAtOnce;
}
