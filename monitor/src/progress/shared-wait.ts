import { innermost } from '../classify/frames.ts';
import { operatorStack } from '../classify/operator-stack.ts';
import type { Finding, Victim } from '../detect/finding.ts';
import type { WorkerEvidence } from '../model/evidence.ts';
import type { OperatorSnapshot } from '../model/snapshot.ts';

/** What is needed of each stalled operator. */
export interface SharedWaitOptions {
  readonly evidenceOf: (finding: Finding) => readonly WorkerEvidence[];
  readonly operatorOf: (finding: Finding) => OperatorSnapshot | undefined;
  /** An incident of it is open already. */
  readonly isOpen: (finding: Finding) => boolean;
  /** The worker has been asked for evidence and has not answered. */
  readonly isAsked: (finding: Finding) => boolean;
}

/** How many thresholds the evidence is waited for that tells whether two of them wait at the same place, while nobody has been named. */
const patience = 2;

/**
 * Operators of one worker that stand at the same `await` wait for the same thing: room in a channel of the program's own, a
 * lock, a connection of a pool. No edge joins them, so each looks like a culprit. The one that has stood for longest is named, and
 * the others wait with it; whichever still stands when that one goes on is named then. Until it is clear where each of them
 * waits, only the first is named. Pure.
 */
export function joinSharedWaits(findings: readonly Finding[], options: SharedWaitOptions): readonly Finding[] {
  const stalled = findings.filter(({ rule }) => rule === 'operator-stalled');
  if (stalled.length < 2) return findings;
  const places = Map.groupBy(stalled, (finding) => placeOf(finding, options) ?? finding);
  const joined = new Map<Finding, Finding | undefined>();
  for (const together of places.values()) {
    const [first, ...others] = together.toSorted((left, right) => right.heldMs - left.heldMs);
    if (first === undefined || others.length === 0) continue;
    const victims = new Map<string, Victim>();
    for (const victim of [...first.victims, ...others.flatMap((other) => [asVictim(other), ...other.victims])])
      if (victim.operatorId !== first.operatorId || victim.worker !== first.worker)
        victims.set(JSON.stringify([victim.worker, victim.operatorId]), victim);
    joined.set(first, { ...first, victims: [...victims.values()] });
    for (const other of others) joined.set(other, undefined);
  }
  for (const finding of stalled)
    if (!joined.has(finding) && mayJoin(finding, stalled, options)) joined.set(finding, undefined);
  return findings.flatMap((finding) => (joined.has(finding) ? (joined.get(finding) ?? []) : finding));
}

/** Whether it may turn out at once that it waits with one that has stood for longer. */
function mayJoin(finding: Finding, stalled: readonly Finding[], { isOpen, isAsked }: SharedWaitOptions): boolean {
  if (isOpen(finding)) return false;
  const before = stalled.filter((other) => other.heldMs > finding.heldMs);
  if (!before.some(isOpen) && finding.heldMs >= patience * finding.thresholdMs) return false;
  return before.length > 0 && [finding, ...before].some(isAsked);
}

/** Where its suspended call waits; undefined: not known for certain. */
function placeOf(finding: Finding, { evidenceOf, operatorOf }: SharedWaitOptions): string | undefined {
  const location = operatorOf(finding)?.location;
  const locations = location == null ? [] : [location];
  const stack = operatorStack(evidenceOf(finding), { id: finding.operatorId, name: finding.operator, locations });
  const frame = stack?.certain === true ? innermost(stack.frames) : undefined;
  return frame === undefined ? undefined : JSON.stringify([finding.worker, frame.file, frame.line, frame.column]);
}

function asVictim({ worker, operatorId, operator }: Finding): Victim {
  return { worker, operatorId, operator };
}
