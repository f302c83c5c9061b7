import type { Lifecycle } from '@streamgauge/proto';
import type { WorkerSnapshot } from './snapshot.ts';
import type { Moment, WorkerWindow } from './worker-window.ts';

/** A worker ended because its event loop ran dry, and left operators that nothing can finish any more. */
export interface WorkerDrain {
  readonly session: string;
  readonly operatorIds: readonly number[];
  readonly exitCode: number | null;
  readonly at: Moment;
  /** Its newest report, once another session has taken its place in the window; null before. */
  readonly snapshot: WorkerSnapshot | null;
}

/** What a worker that has said that it ends has left unfinished; null: nothing. */
export function readDrain(window: WorkerWindow, lifecycle: Lifecycle, at: Moment): WorkerDrain | null {
  const { drained, unfinishedOperatorIds: operatorIds, exitCode } = lifecycle;
  if (!drained || operatorIds.length === 0) return null;
  return { session: window.facts.session, operatorIds, exitCode: exitCode ?? null, at, snapshot: null };
}

/** What the last session has left unfinished, with the report that shows it, for the next one to begin with. */
export function carryDrain(known: WorkerWindow | undefined): WorkerDrain | null {
  const { drain = null, snapshot = null } = known ?? {};
  return drain === null || drain.snapshot !== null ? drain : { ...drain, snapshot };
}

/** How everything stood when the worker ended; null: no report tells. */
export function drainSnapshot({ drain, facts, snapshot }: WorkerWindow): WorkerSnapshot | null {
  if (drain === null) return null;
  return drain.session === facts.session ? snapshot : drain.snapshot;
}
