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
    missing: telemetryGaps(scene.snapshot, scene.window.previous),
  };
}

/** Which operator a finding names. */
export function subject(operator: OperatorSnapshot | undefined): Pick<Finding, 'operatorId' | 'operator' | 'ordinal'> {
  return { operatorId: operator?.id ?? 0, operator: operator?.name ?? '', ordinal: operator?.ordinal ?? 0 };
}

/** Operators as victims, in their order. */
export function victimsOf(operators: readonly OperatorSnapshot[]): Victim[] {
  return operators.map((operator) => ({ operatorId: operator.id, operator: operator.name }));
}

/** What the newest report does not show, one sentence each. */
export function telemetryGaps(snapshot: WorkerSnapshot, previous: WorkerSnapshot | null): string[] {
  const gaps: string[] = [];
  if (snapshot.drops.operators > 0) {
    gaps.push(`${snapshot.drops.operators} operators are not tracked because the worker's board was full.`);
  }
  if (snapshot.operatorsOmitted > 0) {
    gaps.push(`${snapshot.operatorsOmitted} operators are not kept because the monitor's limit was reached.`);
  }
  if (previous !== null && snapshot.drops.reports > previous.drops.reports) {
    gaps.push('The worker has dropped reports between the last two that arrived.');
  }
  return gaps;
}
