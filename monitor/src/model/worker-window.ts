import type { Hello } from '@streamgauge/proto';
import { advanceHistory, emptyHistory, type OperatorHistory } from './operator-history.ts';
import type { Parting } from './parting.ts';
import type { WorkerSnapshot } from './snapshot.ts';
import { nanoToMs } from './wire-values.ts';
import { advanceClock, offsetMs, unknownClock, type WorkerClock } from './worker-clock.ts';
import { carryDrain, type WorkerDrain } from './worker-drain.ts';
import type { WorkerFailure } from './worker-failure.ts';
import { connectJobs, rememberJobs } from './worker-jobs.ts';

/** Who a worker said it is. */
export interface WorkerFacts {
  readonly worker: string;
  readonly job: string;
  readonly session: string;
  readonly pid: number;
  readonly host: string;
  readonly runtimeVersion: string;
  readonly agentVersion: string;
  readonly capabilities: readonly string[];
  /** The worker's own time of day when its process started. */
  readonly startedUnixMs: number;
  /** For how long it had run when it said hello; null: not told. */
  readonly ranForMs: number | null;
}

/** A moment on both of the monitor's clocks. */
export interface Moment {
  readonly monotonicMs: number;
  readonly unixMs: number;
}

/** How and when a worker went away, and what would make up for it. */
export interface Departure {
  readonly how: 'left' | 'lost';
  readonly at: Moment;
  /** How long it has been away. A check adds at most one check interval, so a suspended monitor counts nothing. */
  readonly awayMs: number;
  readonly countedAtMs: number;
  /** How many workers of its job on its host were connected with it; that many again make up for it. */
  readonly peers: number;
  /** True: workers started since have made up for it. */
  readonly replaced: boolean;
  /** null: nothing is known of how its connection ended. */
  readonly parting: Parting | null;
}

/** All that the monitor knows of one worker: its newest report, the one before, and what its past says. */
export interface WorkerWindow {
  readonly facts: WorkerFacts;
  /** Every job that it runs a part of, or has run: its own first. */
  readonly jobs: readonly string[];
  readonly connectedAt: Moment;
  /** null: connected. */
  readonly departure: Departure | null;
  readonly snapshot: WorkerSnapshot | null;
  readonly previous: WorkerSnapshot | null;
  /** When the newest report arrived; its numbers are as old as this, never older. null: none arrived yet. */
  readonly receivedAt: Moment | null;
  /** When the newest report was made, on the monitor's monotonic clock: not after its receipt. 0: none arrived yet. */
  readonly madeAtMs: number;
  readonly clock: WorkerClock;
  readonly reportsReceived: number;
  /** When a report last told of others that the worker had dropped, on the monotonic clock. null: never in this session. */
  readonly droppedAtMs: number | null;
  readonly histories: ReadonlyMap<number, OperatorHistory>;
  readonly failure: WorkerFailure | null;
  readonly drain: WorkerDrain | null;
  /** True once the worker has said by itself that it ends. */
  readonly ending: boolean;
}

/** The facts of a Hello. */
export function readFacts(hello: Hello): WorkerFacts {
  return {
    worker: hello.worker,
    job: hello.job,
    session: hello.session,
    pid: hello.pid,
    host: hello.host,
    runtimeVersion: hello.runtimeVersion,
    agentVersion: hello.agentVersion,
    capabilities: hello.capabilities,
    startedUnixMs: nanoToMs(hello.startedUnixNano),
    // Both by one clock at one moment: nobody can have set it in between.
    ranForMs:
      hello.startedUnixNano > 0n && hello.sentUnixNano > 0n
        ? Math.max(0, nanoToMs(hello.sentUnixNano - hello.startedUnixNano))
        : null,
  };
}

/** The window of a worker that has just connected. The same session goes on where it was; another one begins anew. */
export function connectWindow(facts: WorkerFacts, at: Moment, known: WorkerWindow | undefined): WorkerWindow {
  if (known !== undefined && known.facts.session === facts.session) {
    return { ...known, facts, jobs: connectJobs(facts.job, known), connectedAt: at, departure: null, ending: false };
  }
  return {
    facts,
    jobs: connectJobs(facts.job, known),
    connectedAt: at,
    departure: null,
    snapshot: null,
    previous: null,
    receivedAt: null,
    madeAtMs: 0,
    clock: unknownClock,
    reportsReceived: 0,
    droppedAtMs: null,
    histories: new Map(),
    failure: known?.failure ?? null,
    drain: carryDrain(known),
    ending: false,
  };
}

/**
 * The window after one more report. Pure. A report that is not newer than the last one of the session is left out: the window
 * comes back unchanged. Operators that the report no longer names are forgotten with their history.
 */
export function advance(window: WorkerWindow, snapshot: WorkerSnapshot, at: Moment): WorkerWindow {
  const previous = window.snapshot;
  if (previous !== null && snapshot.sequence <= previous.sequence) return window;
  const reportGapMs = previous === null ? 0 : snapshot.monotonicMs - previous.monotonicMs;
  const clock = advanceClock(window.clock, at.monotonicMs, snapshot.monotonicMs);
  // What was dropped before the first report was dropped for want of a connection.
  const dropped = previous !== null && snapshot.drops.reports > previous.drops.reports;
  return {
    ...window,
    jobs: rememberJobs(window.jobs, snapshot.jobs),
    snapshot,
    previous,
    receivedAt: at,
    madeAtMs: snapshot.monotonicMs + offsetMs(clock),
    clock,
    reportsReceived: window.reportsReceived + 1,
    droppedAtMs: dropped ? at.monotonicMs : window.droppedAtMs,
    histories: advanceHistories(window, snapshot, reportGapMs),
  };
}

/** The map stays what it was as long as nothing in it changes. */
function advanceHistories(
  { histories, snapshot: previous }: WorkerWindow,
  snapshot: WorkerSnapshot,
  reportGapMs: number,
): ReadonlyMap<number, OperatorHistory> {
  let changed: Map<number, OperatorHistory> | undefined;
  const { operatorsById, intervalMs } = snapshot;
  for (const { id } of operatorsById.facts) {
    const [before, operator] = [previous?.operatorsById.look(id), operatorsById.look(id)];
    const known = histories.get(id);
    const history = known ?? emptyHistory;
    const next =
      before === undefined || operator === undefined
        ? history
        : advanceHistory(history, before, operator, reportGapMs, intervalMs);
    if (next === known) continue;
    changed ??= new Map(histories);
    changed.set(id, next);
  }
  const all = changed ?? histories;
  if (all.size === operatorsById.size) return all;
  return new Map([...all].filter(([id]) => operatorsById.has(id)));
}

/** Age of the newest report, milliseconds; null before the first. */
export function reportAgeMs(window: WorkerWindow, nowMs: number): number | null {
  return window.receivedAt === null ? null : Math.max(0, nowMs - window.receivedAt.monotonicMs);
}

/** Whether the newest report still speaks for the worker: it is connected, and the report is at most two intervals old. */
export function isFresh(window: WorkerWindow, nowMs: number): boolean {
  const ageMs = reportAgeMs(window, nowMs);
  return (
    window.departure === null && window.snapshot !== null && ageMs !== null && ageMs <= 2 * window.snapshot.intervalMs
  );
}
