import type { WorkerWindow } from '../model/worker-window.ts';
import { isFresh } from '../model/worker-window.ts';
import type { DetectionLimits } from '../progress-monitor.ts';
import type { Finding, RuleName } from './finding.ts';
import { type FlowGraph, flowGraph, reach } from './flow-graph.ts';
import { connectionLost } from './rules/connection-lost.ts';
import { failure } from './rules/failure.ts';
import { leftUndone } from './rules/left-undone.ts';
import { loopBlocked } from './rules/loop-blocked.ts';
import { nobodyReads } from './rules/nobody-reads.ts';
import { operatorStalled } from './rules/operator-stalled.ts';
import { recordStuck } from './rules/record-stuck.ts';
import { workerLost } from './rules/worker-lost.ts';
import { type Scene, withDroppedReports } from './scene.ts';

/** What detection says about one worker at one moment. */
export interface Assessment {
  readonly findings: readonly Finding[];
  /**
   * Rules whose silence means nothing now: the worker is away or its newest report is too old. An incident of such a rule
   * is neither opened nor resolved.
   */
  readonly undecided: ReadonlySet<RuleName>;
  /** Whether records can still go from some source to some sink of this worker without passing a culprit. */
  readonly hasFreePath: boolean;
}

const reportRules: ReadonlySet<RuleName> = new Set<RuleName>([
  'loop-blocked',
  'operator-stalled',
  'connection-lost',
  'nobody-reads',
  'record-stuck',
]);
const noRules: ReadonlySet<RuleName> = new Set<RuleName>();

/** Runs all rules over one worker. Pure: the same window, moment and limits give the same answer. */
export function assess(window: WorkerWindow, nowMs: number, limits: DetectionLimits): Assessment {
  const undone = leftUndone(window);
  const always = [...workerLost(window, limits), ...undone, ...failure(window, undone)];
  const { departure, snapshot, receivedAt } = window;
  if (departure !== null) {
    const gone = departure.how === 'left' || departure.replaced;
    return { findings: always, undecided: gone ? noRules : reportRules, hasFreePath: false };
  }
  if (snapshot === null || receivedAt === null || !isFresh(window, nowMs)) {
    return { findings: always, undecided: reportRules, hasFreePath: true };
  }
  if (!mayStand(window, limits)) return { findings: always, undecided: noRules, hasFreePath: true };
  const scene: Scene = { window, snapshot, receivedAt, graph: flowGraph(snapshot), limits };
  const blocked = loopBlocked(scene);
  const stalled = operatorStalled(scene);
  const stalledIds = new Set(stalled.map((finding) => finding.operatorId));
  const cutOff = connectionLost(scene, stalledIds);
  const unread = nobodyReads(scene, stalledIds);
  const stuck = recordStuck(scene, stalledIds);
  const culprits = new Set(
    [...stalled, ...cutOff, ...unread].flatMap((finding) => (finding.stage === 'found' ? finding.operatorId : [])),
  );
  const found = [...blocked, ...stalled, ...cutOff, ...unread, ...stuck];
  return {
    findings: [...always, ...found.map((finding) => withDroppedReports(finding, scene))],
    undecided: noRules,
    hasFreePath: blocked.length === 0 && freePath(scene.graph, culprits),
  };
}

/** A cheap look before the graph is built: whether any rule can have something to say. */
function mayStand(window: WorkerWindow, limits: DetectionLimits): boolean {
  const { snapshot, histories } = window;
  if (snapshot === null) return false;
  if (snapshot.loop !== null && snapshot.loop.blockedMs > 0) return true;
  const leastMs = limits.stallAfterMs / 2;
  return snapshot.operators.some(
    (operator) =>
      operator.heldMs >= leastMs ||
      operator.disconnectedMs >= leastMs ||
      operator.oldestMs >= leastMs ||
      (operator.unread && (histories.get(operator.id)?.unreadMs ?? 0) >= leastMs),
  );
}

/**
 * A path that has never carried a record to its end proves no flow, and neither does a stray stream: an operator without any
 * edge is a path by itself only where nothing has edges.
 */
function freePath(graph: FlowGraph, culprits: ReadonlySet<number>): boolean {
  const { operators, operatorsById, edges } = graph.snapshot;
  const free = (id: number): boolean => !culprits.has(id) && operatorsById.get(id)?.state !== 'ended';
  for (const operator of operators) {
    const stray = edges.length > 0 && graph.outgoing(operator.id).length === 0;
    if (stray || !free(operator.id) || graph.incoming(operator.id).length > 0) continue;
    const reached = reach(operator.id, (id) =>
      graph.outgoing(id).flatMap((edge) => (free(edge.targetId) ? edge.targetId : [])),
    );
    for (const id of reached) {
      if (graph.outgoing(id).length === 0 && (operatorsById.get(id)?.completed ?? 0) > 0) return true;
    }
  }
  return false;
}
