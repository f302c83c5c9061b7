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
  /** Those of its jobs in which records can go from no source to any sink of this worker without passing a culprit. */
  readonly closedJobs: readonly string[];
}

const reportRules: ReadonlySet<RuleName> = new Set<RuleName>([
  'loop-blocked',
  'operator-stalled',
  'connection-lost',
  'nobody-reads',
  'record-stuck',
]);
const noRules: ReadonlySet<RuleName> = new Set<RuleName>();
const none: readonly string[] = [];

/** Runs all rules over one worker. Pure: the same window, moment and limits give the same answer. */
export function assess(window: WorkerWindow, nowMs: number, limits: DetectionLimits): Assessment {
  const undone = leftUndone(window);
  const always = [...workerLost(window, limits), ...undone, ...failure(window, undone)];
  const { departure, snapshot, receivedAt } = window;
  if (departure !== null) {
    const gone = departure.how === 'left' || departure.replaced;
    return { findings: always, undecided: gone ? noRules : reportRules, closedJobs: window.jobs };
  }
  if (snapshot === null || receivedAt === null || !isFresh(window, nowMs)) {
    return { findings: always, undecided: reportRules, closedJobs: none };
  }
  if (!mayStand(window, limits)) return { findings: always, undecided: noRules, closedJobs: none };
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
    closedJobs:
      blocked.length > 0 ? window.jobs : window.jobs.filter((job) => !hasFreePath(job, scene.graph, culprits)),
  };
}

/** A cheap look before the graph is built: whether any rule can have something to say. */
function mayStand(window: WorkerWindow, limits: DetectionLimits): boolean {
  const { snapshot, histories } = window;
  if (snapshot === null) return false;
  if (snapshot.loop !== null && snapshot.loop.blockedMs > 0) return true;
  const leastMs = limits.stallAfterMs / 2;
  const { longestMs, hasUnread } = snapshot.operatorsById;
  if (longestMs >= leastMs) return true;
  return (
    hasUnread && snapshot.operators.some(({ id, unread }) => unread && (histories.get(id)?.unreadMs ?? 0) >= leastMs)
  );
}

/**
 * A path that has never carried a record to its end proves no flow, and neither does a stray stream: an operator without any
 * edge is a path by itself only where nothing has edges.
 */
function hasFreePath(job: string, graph: FlowGraph, culprits: ReadonlySet<number>): boolean {
  const { operators, operatorsById, edges } = graph.snapshot;
  const own = (id: number): boolean => operatorsById.get(id)?.job === job;
  const free = (id: number): boolean => own(id) && !culprits.has(id) && operatorsById.get(id)?.state !== 'ended';
  const before = (id: number): number[] =>
    graph.incoming(id).flatMap((edge) => (own(edge.sourceId) ? edge.sourceId : []));
  const after = (id: number): number[] =>
    graph.outgoing(id).flatMap((edge) => (own(edge.targetId) ? edge.targetId : []));
  const joined = edges.some((edge) => own(edge.sourceId) && own(edge.targetId));
  for (const { id } of operators) {
    const stray = joined && after(id).length === 0;
    if (stray || !free(id) || before(id).length > 0) continue;
    for (const reached of reach(id, (at) => after(at).filter(free))) {
      if (after(reached).length === 0 && (operatorsById.get(reached)?.completed ?? 0) > 0) return true;
    }
  }
  return false;
}
