import { awaitedThread } from '../classify/awaited-thread.ts';
import type { Finding } from '../detect/finding.ts';
import type { WorkerEvidence } from '../model/evidence.ts';
import type { OperatorSnapshot } from '../model/snapshot.ts';

/** What is needed of each stalled operator. */
export interface ThreadWaitOptions {
  readonly evidenceOf: (finding: Finding) => readonly WorkerEvidence[];
  readonly operatorOf: (finding: Finding) => OperatorSnapshot | undefined;
  /** An incident of it is open already. */
  readonly isOpen: (finding: Finding) => boolean;
  /** The worker has been asked for evidence and has not answered. */
  readonly isAsked: (finding: Finding) => boolean;
}

/** How many thresholds the evidence is waited for that tells who waits for whom, while nobody has been named. */
const patience = 2;

/**
 * An operator that has sent a worker thread a message for the record that it holds, and has no answer, waits for the operator
 * that stands still in that thread: no edge joins the two. The one in the thread is named and the other waits with it; until
 * it is clear that the one in the thread stands, neither is named. Pure.
 */
export function joinThreadWaits(findings: readonly Finding[], options: ThreadWaitOptions): readonly Finding[] {
  const stalled = findings.filter(({ rule }) => rule === 'operator-stalled' || rule === 'record-stuck');
  if (stalled.length < 2) return findings;
  const culprits = new Map<Finding, Finding>();
  const unclear = new Set<Finding>();
  for (const finding of stalled) {
    const thread = threadOf(finding, options);
    const culprit = stalled.find((other) => other !== finding && options.operatorOf(other)?.thread === thread);
    // Of a circle one is named.
    const known = thread !== undefined && culprit !== undefined && endOf(culprit, culprits) !== finding;
    if (known) culprits.set(finding, culprit);
    else if (mayWait(finding, stalled, options)) unclear.add(finding);
  }
  return findings.flatMap((finding) => {
    if (culprits.has(finding) || unclear.has(finding)) return [];
    const waiting = [...culprits.keys()].filter((victim) => endOf(victim, culprits) === finding);
    if (waiting.length === 0) return finding;
    const victims = waiting.flatMap(({ worker, operatorId, operator, victims: theirs }) => [
      { worker, operatorId, operator },
      ...theirs,
    ]);
    const known = new Set(finding.victims.map(({ operatorId }) => operatorId).concat(finding.operatorId));
    const more = victims.filter(({ operatorId }) => !known.has(operatorId) && known.add(operatorId));
    return { ...finding, victims: [...finding.victims, ...more] };
  });
}

/** Whom a chain of those that wait for each other ends with. */
function endOf(finding: Finding, culprits: ReadonlyMap<Finding, Finding>): Finding {
  let end = finding;
  for (let next = culprits.get(end); next !== undefined; next = culprits.get(end)) end = next;
  return end;
}

/** Whether it may turn out at once that it waits for another one, in a worker thread. */
function mayWait(finding: Finding, stalled: readonly Finding[], options: ThreadWaitOptions): boolean {
  if (options.isOpen(finding) || !options.isAsked(finding)) return false;
  const own = options.operatorOf(finding)?.thread ?? 0;
  const elsewhere = stalled.filter((other) => ![0, own].includes(options.operatorOf(other)?.thread ?? 0));
  // Somebody knows already that the worker stands: then its answer can be waited for, as late as it comes.
  return elsewhere.some(options.isOpen) || (elsewhere.length > 0 && finding.heldMs < patience * finding.thresholdMs);
}

/** The worker thread that an operator waits for; undefined: none, or its own, or not known. */
function threadOf(finding: Finding, { evidenceOf, operatorOf }: ThreadWaitOptions): number | undefined {
  const piece = evidenceOf(finding).findLast(({ connectionsKnown }) => connectionsKnown);
  const awaited = piece === undefined ? undefined : awaitedThread(piece, piece.heldMs || finding.heldMs);
  return awaited === undefined || awaited.thread === operatorOf(finding)?.thread ? undefined : awaited.thread;
}
