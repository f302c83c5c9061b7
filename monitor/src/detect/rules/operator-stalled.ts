import type { OperatorSnapshot, WorkerSnapshot } from '../../model/snapshot.ts';
import { type Finding, stageOf } from '../finding.ts';
import { localise } from '../localise.ts';
import { outletsOf } from '../outlets.ts';
import { blockedMs, findingBase, type Scene, subject, victimsOf } from '../scene.ts';
import { stallThresholdMs } from '../stall-threshold.ts';
import { starvedBehind } from '../starved.ts';
import { toldFacts } from '../told-facts.ts';
import {
  handsOn,
  hasPending,
  isFinalising,
  isHeldUpBehind,
  isOutputBlocked,
  waitsForAnswer,
  waitsForConnection,
} from '../waiting.ts';

/**
 * Rule 2. An operator has been busy for its threshold without completing anything, has something left to do, and its output
 * has room: it is the one that must move first. Idle, paused and output-blocked operators never are, and neither is a source,
 * because a source that waits for input looks like one that hangs; unless its client library knows what waits for it in the
 * broker, and nothing behind it is in its way. Whoever is cut off from the broker is the matter of the rule connection-lost.
 *
 * While the main thread is blocked nobody can complete anything, and that is nobody's hold but that of the operator which blocks it: so
 * an operator is named beside the blocked loop only when it had stalled before.
 */
export function operatorStalled(scene: Scene): Finding[] {
  const { snapshot, graph, receivedAt, window, limits } = scene;
  const stalled = new Map<number, { readonly stage: Finding['stage']; readonly thresholdMs: number }>();
  for (const operator of snapshot.operators) {
    if (operator.state !== 'busy' || operator.disconnectedMs > 0) continue;
    const thresholdMs = stallThresholdMs(window.histories.get(operator.id), limits);
    const stage = stageOf(ownHeldMs(operator, snapshot), thresholdMs);
    if (stage === 'none' || !hasWork(operator, scene) || isOutputBlocked(operator, graph)) continue;
    if (handsOn(operator) && isHeldUpBehind(operator, graph, limits.stallAfterMs / 2)) continue;
    if (waitsForConnection(operator, graph) || waitsForAnswer(operator, graph)) continue;
    stalled.set(operator.id, { stage, thresholdMs });
  }
  return [...stalled].flatMap(([id, { stage, thresholdMs }]): Finding[] => {
    const operator = snapshot.operatorsById.get(id);
    if (operator === undefined) return [];
    const outlets = outletsOf(operator, graph);
    // What has taken the record and waits for no other one is not kept waiting.
    const noVictims = new Set([...stalled.keys(), ...outlets.map((outlet) => outlet.operatorId)]);
    // Nothing is late behind a source that gives nothing; it is only idle.
    const starved = operator.kind === 'source' ? starvedBehind([id], graph, operator.heldMs) : [];
    const waiting = new Set([...localise(operator, graph, noVictims), ...starved]);
    return [
      {
        ...findingBase(scene),
        ...subject(operator),
        rule: 'operator-stalled',
        type: 'stall',
        stage,
        heldMs: operator.heldMs,
        thresholdMs,
        sinceUnixMs: receivedAt.unixMs - operator.heldMs,
        severity: 'error',
        victims: victimsOf(scene.window.facts.worker, [...waiting]),
        outlets,
        facts: stallFacts(operator, scene),
      },
    ];
  });
}

/** The worker does not count the time of a block, but for the operator that runs: the rule loop-blocked is about that. */
function ownHeldMs(operator: OperatorSnapshot, snapshot: WorkerSnapshot): number {
  const runs = operator.id === snapshot.loop?.runningOperatorId;
  return operator.heldMs - (runs ? blockedMs(operator, snapshot) : 0);
}

function hasWork(operator: OperatorSnapshot, { graph, window }: Scene): boolean {
  const fails = operator.leg !== null && (window.histories.get(operator.id)?.failuresSinceProgress ?? 0) > 0;
  if (operator.kind === 'source')
    return operator.leg === 'fetch' && ((operator.pending ?? 0) > 0 || (fails && isRefused(operator)));
  return fails || hasPending(operator, graph);
}

/** Whether it holds a request that is answered with no: a source has nothing else in flight, and one that waits has nothing. */
function isRefused({ inFlight }: OperatorSnapshot): boolean {
  return inFlight > 0;
}

function stallFacts(operator: OperatorSnapshot, scene: Scene): Finding['facts'] {
  return {
    ...toldFacts(operator, scene.window.histories.get(operator.id)),
    inFlight: operator.inFlight,
    completed: operator.completed,
    markerAgeMs: Math.round(operator.markerAgeMs),
    finalising: isFinalising(operator, scene.graph),
    loopSilentMs: Math.round(scene.snapshot.loop?.silentMs ?? 0),
  };
}
