import { isStarved } from '../classify/rules/not-scheduled.ts';
import type { Finding } from '../detect/finding.ts';
import type { WorkerEvidence } from '../model/evidence.ts';

/** After so many thresholds a worker that gets no processor is worth an incident beside that of its operator. */
const patience = 5;

/** What is known besides the findings. */
export interface StarvedLoopOptions {
  readonly evidenceOf: (finding: Finding) => readonly WorkerEvidence[];
  /** An incident of it is open already. */
  readonly isOpen: (finding: Finding) => boolean;
}

/**
 * An event loop is silent also when the machine gives the main thread no processor, and where one is that busy, looking at a
 * stalled operator makes it so. Beside the stall of an operator such a silence explains nothing: it counts only when it lasts, or when
 * evidence shows that the main thread is held by its code. Pure.
 */
export function withoutStarvedLoops(findings: readonly Finding[], options: StarvedLoopOptions): readonly Finding[] {
  const stalls = findings.filter(({ rule }) => rule === 'operator-stalled' || rule === 'record-stuck');
  return findings.filter((finding) => {
    const { rule, operatorId, heldMs, thresholdMs } = finding;
    // What stands because its own code gets no processor is explained by that, and not the other way round.
    const explained = stalls.some((stall) => stall.operatorId !== operatorId);
    if (rule !== 'loop-blocked' || !explained || heldMs >= patience * thresholdMs) return true;
    if (options.isOpen(finding)) return true;
    const thread = options.evidenceOf(finding).findLast((piece) => piece.thread !== null)?.thread;
    return thread != null && !isStarved(thread);
  });
}
