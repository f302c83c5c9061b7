import type { Finding } from '../detect/finding.ts';
import type { AwaitedCall, WorkerEvidence } from '../model/evidence.ts';

/** After so many thresholds also an operator that waits for a timer is worth an incident. */
const patience = 2;

/** What is known besides the findings. */
export interface SleeperOptions {
  readonly evidenceOf: (finding: Finding) => readonly WorkerEvidence[];
  /** An incident of it is open already. */
  readonly isOpen: (finding: Finding) => boolean;
}

/**
 * Leaves out operators that wait for nothing but a timer: it comes by itself, and so do they, such as a limiter until its next
 * window. Errors that are caught meanwhile, or answers that say no, show that the timer is a pause between attempts. Pure.
 */
export function withoutSleepers(findings: readonly Finding[], options: SleeperOptions): readonly Finding[] {
  return findings.filter((finding) => {
    const { rule, stage, heldMs, thresholdMs } = finding;
    if (stage !== 'found' || (rule !== 'operator-stalled' && rule !== 'record-stuck')) return true;
    if (heldMs >= patience * thresholdMs || options.isOpen(finding)) return true;
    const newest = options.evidenceOf(finding).findLast(({ samples }) => samples.length > 0);
    return newest === undefined || !sleeps(newest);
  });
}

function sleeps({ samples, caughtErrors, peerAnswers }: WorkerEvidence): boolean {
  const own = samples.filter((sample) => sample.own === true);
  if (caughtErrors.length > 0 || peerAnswers.some(({ refused }) => refused > 0)) return false;
  return own.length > 0 && own.every(({ awaited }) => awaited !== undefined && isTimer(awaited));
}

function isTimer({ callee, module }: AwaitedCall): boolean {
  if (module === 'node:timers/promises') return true;
  return callee === 'setTimeout' && (module === '' || module === 'node:timers');
}
