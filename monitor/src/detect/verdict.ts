import type { OperatorSnapshot, WorkerSnapshot } from '../model/snapshot.ts';
import type { FlowGraph } from './flow-graph.ts';

/** What the graph says about one operator. */
export type Verdict = 'ok' | 'idle' | 'slow' | 'stalled' | 'backpressured' | 'victim' | 'paused' | 'ended' | 'unknown';

/** What a verdict rests on besides the operator itself. */
export interface VerdictContext {
  readonly graph: FlowGraph;
  readonly previous: WorkerSnapshot | null;
  /** False: the newest report is too old, or the worker is away. */
  readonly fresh: boolean;
  readonly culprits: ReadonlySet<number>;
  readonly victims: ReadonlySet<number>;
}

/** An input this full counts as full; the number is as old as the main thread's last look. */
const fullInput = 0.9;
/** Share of the time above which an operator counts as busy (the level Flink calls high). */
const highBusy = 0.5;

/** The verdict on one operator. An operator that waits is never stalled, and one that completes is at most slow. */
export function verdictOf(operator: OperatorSnapshot, context: VerdictContext): Verdict {
  if (!context.fresh) return 'unknown';
  if (operator.state === 'ended' || operator.state === 'paused') return operator.state;
  if (context.culprits.has(operator.id)) return 'stalled';
  if (context.victims.has(operator.id)) return 'victim';
  if (operator.state === 'backpressured') return 'backpressured';
  if (isSlow(operator, context)) return 'slow';
  if (operator.state === 'unknown') return 'unknown';
  return operator.state === 'idle' ? 'idle' : 'ok';
}

/**
 * Busy most of the time, completing, and its input is full or filling: everything upstream goes at its pace. That is worth
 * knowing and no incident.
 */
export function isSlow(operator: OperatorSnapshot, context: Pick<VerdictContext, 'graph' | 'previous'>): boolean {
  const before = context.previous?.operatorsById.get(operator.id);
  if (before === undefined || operator.completed <= before.completed) return false;
  const shares = stateShares(before, operator);
  if (shares === null || shares.busy < highBusy) return false;
  return context.graph.incoming(operator.id).some((edge) => {
    if (edge.closed || edge.capacity === null) return false;
    if (edge.queued >= fullInput * edge.capacity) return true;
    const queuedBefore = context.previous?.edges.find((other) => other.id === edge.id)?.queued ?? edge.queued;
    return edge.queued >= edge.capacity / 2 && edge.queued > queuedBefore;
  });
}

/** Share of the time between two reports that an operator spent in each state, 0 to 1; null when no time passed. */
export function stateShares(
  before: OperatorSnapshot,
  now: OperatorSnapshot,
): { readonly busy: number; readonly idle: number; readonly backpressured: number; readonly paused: number } | null {
  const spent = {
    busy: Math.max(0, now.timesMs.busy - before.timesMs.busy),
    idle: Math.max(0, now.timesMs.idle - before.timesMs.idle),
    backpressured: Math.max(0, now.timesMs.backpressured - before.timesMs.backpressured),
    paused: Math.max(0, now.timesMs.paused - before.timesMs.paused),
  };
  const total = spent.busy + spent.idle + spent.backpressured + spent.paused;
  if (total <= 0) return null;
  return {
    busy: spent.busy / total,
    idle: spent.idle / total,
    backpressured: spent.backpressured / total,
    paused: spent.paused / total,
  };
}
