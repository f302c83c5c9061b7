import type { Finding } from '../finding.ts';
import { findingBase, type Scene, subject, victimsOf } from '../scene.ts';
import { isOutputBlocked } from '../waiting.ts';

/**
 * Rule 1. The main thread has given no sign of life (no timer ran, no record was completed) for loopBlockedMs. Everything on
 * that thread stands, so it is one finding: the operator whose code runs is the culprit, all others with work are victims.
 *
 * Whether the loop counts as blocked is the worker's word, because only the worker knows whether its loop had started. The
 * pause of the agent's own clock is taken off: a suspended process is not a loop that somebody blocks. Neither is a program that
 * its developer has paused in a debugger.
 */
export function loopBlocked(scene: Scene): Finding[] {
  const { snapshot, graph, limits, receivedAt } = scene;
  const { loop } = snapshot;
  if (loop === null || loop.blockedMs <= 0 || loop.debuggerPaused) return [];
  const heldMs = Math.max(loop.silentMs, loop.blockedMs) - loop.agentGapMs;
  if (heldMs < limits.loopBlockedMs) return [];
  const running = snapshot.operatorsById.get(loop.runningOperatorId);
  const upstream = running === undefined ? [] : graph.upstream(running.id);
  const upstreamIds = new Set(upstream.map((operator) => operator.id));
  const others = snapshot.operators.filter(
    ({ id, thread }) => thread === 0 && id !== running?.id && !upstreamIds.has(id),
  );
  const victims = [...upstream, ...others].filter(
    (operator) =>
      operator.state !== 'ended' &&
      operator.state !== 'paused' &&
      (upstreamIds.has(operator.id) || operator.inFlight > 0 || isOutputBlocked(operator, graph)),
  );
  return [
    {
      ...findingBase(scene),
      ...subject(running),
      rule: 'loop-blocked',
      type: 'stall',
      stage: 'found',
      heldMs,
      thresholdMs: limits.loopBlockedMs,
      sinceUnixMs: receivedAt.unixMs - heldMs,
      sinceMonotonicMs: receivedAt.monotonicMs - heldMs,
      severity: 'error',
      victims: victimsOf(scene.window.facts.worker, victims),
      facts: {
        silentMs: Math.round(loop.silentMs),
        agentGapMs: Math.round(loop.agentGapMs),
        delayMaxMs: Math.round(loop.delayMaxMs),
      },
    },
  ];
}
