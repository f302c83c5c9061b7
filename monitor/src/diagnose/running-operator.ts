import { isSomebodys } from '../classify/frames.ts';
import type { IncidentFrame } from '../incident/incident.ts';
import type { WorkerEvidence } from '../model/evidence.ts';
import type { OperatorSnapshot, WorkerSnapshot } from '../model/snapshot.ts';

/**
 * The operator whose code the main thread runs, when the report did not say: the one the worker tied its evidence to, else the
 * one whose own function is among the frames, innermost first. undefined when neither is certain.
 */
export function runningOperator(
  evidence: readonly WorkerEvidence[],
  snapshot: WorkerSnapshot | null,
): OperatorSnapshot | undefined {
  if (snapshot === null) return undefined;
  const told = evidence.findLast((piece) => snapshot.operatorsById.has(piece.operatorId));
  if (told !== undefined) return snapshot.operatorsById.get(told.operatorId);
  for (const piece of evidence.toReversed()) {
    for (const frame of piece.samples.flatMap((sample) => (sample.kind === 'cpu' ? sample.frames : []))) {
      if (!isSomebodys(frame)) continue;
      const owners = snapshot.operators.filter((operator) => startsAt(operator, frame));
      if (owners.length === 1) return owners[0];
    }
  }
  return undefined;
}

/** Whether the frame is the function in which the operator's code starts. */
function startsAt({ location }: OperatorSnapshot, frame: IncidentFrame): boolean {
  if (location === null || location.function === '' || location.file !== frame.file) return false;
  return location.function === frame.function && location.line <= frame.line;
}
