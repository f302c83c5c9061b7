import type { OperatorSnapshot } from '../../model/snapshot.ts';
import { type Finding, stageOf } from '../finding.ts';
import { localise } from '../localise.ts';
import { blockedMs, findingBase, type Scene, subject, victimsOf } from '../scene.ts';
import { stuckThresholdMs } from '../stall-threshold.ts';
import { toldFacts } from '../told-facts.ts';
import { isOutputBlocked } from '../waiting.ts';

/**
 * Rule 7. An operator of several records at once goes on completing, but the same record has been the oldest in it for its threshold
 * and no marker has passed since: one record is stuck. That is no stall: it is a warning while the rest flows, and an error when the
 * operator gives its results in order, so that those behind it starve. Where all take long and each comes to its turn, another
 * one is the oldest all the time, and none is stuck.
 */
export function recordStuck(scene: Scene, stalledIds: ReadonlySet<number>): Finding[] {
  const { snapshot, graph, limits, window, receivedAt } = scene;
  return snapshot.operators.flatMap((operator): Finding[] => {
    if (!goesOn(operator, scene, stalledIds)) return [];
    const history = window.histories.get(operator.id);
    const thresholdMs = stuckThresholdMs(history, limits);
    const heldMs = operator.oldestMs;
    const stuckMs = Math.min(heldMs, operator.oldestForMs ?? heldMs, operator.markerAgeMs);
    const stage = stageOf(stuckMs - blockedMs(operator, snapshot), thresholdMs);
    if (stage === 'none') return [];
    const waiting = localise({ id: operator.id, heldMs }, graph, new Set([operator.id]));
    const behind = new Set(graph.downstream(operator.id));
    return [
      {
        ...findingBase(scene),
        ...subject(operator),
        rule: 'record-stuck',
        type: 'progress',
        stage,
        heldMs,
        thresholdMs,
        sinceUnixMs: receivedAt.unixMs - heldMs,
        severity: waiting.some((other) => behind.has(other)) ? 'error' : 'warning',
        victims: victimsOf(window.facts.worker, waiting),
        facts: {
          ...toldFacts(operator, history),
          inFlight: operator.inFlight,
          completed: operator.completed,
          markerAgeMs: Math.round(operator.markerAgeMs),
        },
      },
    ];
  });
}

/** Busy, not stalled, and not kept waiting by somebody behind it or by the broker. */
function goesOn(operator: OperatorSnapshot, { graph, limits }: Scene, stalledIds: ReadonlySet<number>): boolean {
  if (operator.state !== 'busy' || operator.kind === 'source' || operator.disconnectedMs > 0) return false;
  if (operator.heldMs >= limits.stallAfterMs / 2 || stalledIds.has(operator.id)) return false;
  if (isOutputBlocked(operator, graph)) return false;
  return !graph.downstream(operator.id).some(({ id, disconnectedMs }) => stalledIds.has(id) || disconnectedMs > 0);
}
