import type { OperatorSnapshot, WorkerSnapshot } from '../model/snapshot.ts';
import type { Moment, WorkerWindow } from '../model/worker-window.ts';
import type { DetectionLimits } from '../progress-monitor.ts';
import type { Finding, Victim } from './finding.ts';
import type { FlowGraph } from './flow-graph.ts';

/** What a rule about a reporting worker gets to see: its window, the graph of the newest report, and the limits. */
export interface Scene {
  readonly window: WorkerWindow;
  readonly snapshot: WorkerSnapshot;
  readonly receivedAt: Moment;
  readonly graph: FlowGraph;
  readonly limits: DetectionLimits;
}

/** What every finding about the worker of a scene has in common. */
export function findingBase(scene: Scene): Pick<Finding, 'job' | 'worker' | 'session' | 'missing'> {
  const { facts } = scene.window;
  return {
    job: facts.job,
    worker: facts.worker,
    session: facts.session,
    missing: telemetryGaps(scene.snapshot),
  };
}

/** Which operator a finding names, and whose job it is; the worker's own where no operator is known. */
export function subject(
  operator: OperatorSnapshot | undefined,
): Pick<Finding, 'operatorId' | 'operator' | 'ordinal'> & { readonly job?: string } {
  if (operator === undefined) return { operatorId: 0, operator: '', ordinal: 0 };
  const { id, name, ordinal, job } = operator;
  return { operatorId: id, operator: name, ordinal, job };
}

/** Operators as victims, in their order. */
export function victimsOf(worker: string, operators: readonly OperatorSnapshot[]): Victim[] {
  return operators.map((operator) => ({ worker, operatorId: operator.id, operator: operator.name }));
}

/** What the newest report does not show, one sentence each. */
function telemetryGaps(snapshot: WorkerSnapshot): string[] {
  const gaps: string[] = [];
  if (snapshot.drops.operators > 0) {
    gaps.push(`${snapshot.drops.operators} operators are not tracked because the worker's board was full.`);
  }
  if (snapshot.operatorsOmitted > 0) {
    gaps.push(`${snapshot.operatorsOmitted} operators are not kept because the monitor's limit was reached.`);
  }
  return gaps;
}

/** The finding, with a note when the worker has dropped reports while the standstill lasted; earlier drops say nothing of it. */
export function withDroppedReports(finding: Finding, { window, receivedAt }: Scene): Finding {
  const beganMs = receivedAt.monotonicMs - finding.heldMs;
  if (window.droppedAtMs === null || window.droppedAtMs < beganMs) return finding;
  return { ...finding, missing: [...finding.missing, 'The worker has dropped reports since the standstill began.'] };
}

/**
 * For how long an operator could not do anything because the event loop of its thread was blocked: that time is no hold of its
 * own. Only the main thread's loop is reported; worker threads go on beside it.
 */
export function blockedMs({ thread }: OperatorSnapshot, { loop }: WorkerSnapshot): number {
  return thread === 0 && loop !== null && loop.blockedMs > 0 ? loop.silentMs : 0;
}
