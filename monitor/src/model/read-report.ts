import {
  type Edge,
  FINISHED_EPOCH,
  type Location,
  type Operator,
  Position,
  type Report,
  Unit,
  OperatorKind as WireKind,
  Leg as WireLeg,
  OperatorState as WireState,
} from '@streamgauge/proto';
import { type CodeOwner, type OwnedLocation, ownedLocation, workersWord } from './code-owner.ts';
import { readPorts } from './read-ports.ts';
import type {
  EdgeSnapshot,
  Leg,
  LoopSnapshot,
  OperatorKind,
  OperatorSnapshot,
  OperatorState,
  WorkerSnapshot,
} from './snapshot.ts';
import { jobOf } from './worker-jobs.ts';

/** Pause that is assumed when a report declares none, milliseconds. */
const undeclaredIntervalMs = 1000;

const noJobs: readonly string[] = [];

const states: Readonly<Record<number, OperatorState>> = {
  [WireState.IDLE]: 'idle',
  [WireState.BUSY]: 'busy',
  [WireState.BACKPRESSURED]: 'backpressured',
  [WireState.PAUSED]: 'paused',
  [WireState.ENDED]: 'ended',
};
const kinds: Readonly<Record<number, OperatorKind>> = {
  [WireKind.SOURCE]: 'source',
  [WireKind.TRANSFORM]: 'transform',
  [WireKind.SINK]: 'sink',
  [WireKind.FUNCTION]: 'function',
};
const legs: Readonly<Record<number, Leg>> = {
  [WireLeg.FETCH]: 'fetch',
  [WireLeg.DELIVER]: 'deliver',
  [WireLeg.HANDLE]: 'handle',
  [WireLeg.COMMIT]: 'commit',
  [WireLeg.PRODUCE]: 'produce',
};

/**
 * Turns a report into the domain's form, once. Operators beyond maxOperators are counted and left out, with their edges; an
 * edge or port that names an operator the report does not carry is left out too, so that the rest may follow them blindly.
 * ownJob is the job of the worker, to which every operator belongs that names none.
 */
export function readReport(
  report: Report,
  maxOperators: number,
  codeOwner: CodeOwner = workersWord,
  ownJob: string = '',
): WorkerSnapshot {
  const operatorsById = new Map<number, OperatorSnapshot>();
  const namesSeen = new Map<string, number>();
  const jobs = new Set<string>();
  let operatorsOmitted = 0;
  for (const operator of report.operators.toSorted((left, right) => left.id - right.id)) {
    if (operator.id === 0 || operatorsById.has(operator.id)) continue;
    if (operatorsById.size >= maxOperators) {
      operatorsOmitted += 1;
      continue;
    }
    const ordinal = namesSeen.get(operator.name) ?? 0;
    namesSeen.set(operator.name, ordinal + 1);
    const job = jobOf(operator, ownJob);
    if (job !== ownJob) jobs.add(job);
    operatorsById.set(operator.id, readOperator(operator, ordinal, job, codeOwner));
  }
  const edges = report.edges
    .filter((edge) => operatorsById.has(edge.sourceId) && operatorsById.has(edge.targetId))
    .slice(0, maxOperators * 4)
    .map(readEdge);
  const { drops } = report;
  return {
    sequence: Number(report.sequence),
    monotonicMs: nanoToMs(report.monotonicNano),
    sentUnixMs: nanoToMs(report.sentUnixNano),
    intervalMs: report.intervalMillis > 0 ? report.intervalMillis : undeclaredIntervalMs,
    epoch: readEpoch(report.epoch),
    operators: [...operatorsById.values()],
    operatorsById,
    jobs: jobs.size === 0 ? noJobs : [...jobs],
    edges,
    ports: readPorts(report.ports, operatorsById),
    loop: readLoop(report),
    drops: {
      reports: Number(drops?.reports ?? 0n),
      events: Number(drops?.events ?? 0n),
      operators: Number(drops?.operators ?? 0n),
      agentErrors: Number(drops?.agentErrors ?? 0n),
      frames: Number(drops?.frames ?? 0n),
      tasks: Number(drops?.tasks ?? 0n),
      commands: Number(drops?.commands ?? 0n),
      jobs: Number(drops?.jobs ?? 0n),
    },
    operatorsOmitted,
  };
}

function readOperator(operator: Operator, ordinal: number, job: string, codeOwner: CodeOwner): OperatorSnapshot {
  const times = operator.stateTimes;
  return {
    id: operator.id,
    name: operator.name,
    ordinal,
    kind: kinds[operator.kind] ?? 'unknown',
    unit: operator.unit === Unit.RECORDS ? 'records' : operator.unit === Unit.BYTES ? 'bytes' : 'unknown',
    location: readLocation(operator.location, codeOwner),
    completed: Number(operator.completed),
    emitted: operator.emitted === undefined ? null : Number(operator.emitted),
    inFlight: Number(operator.inFlight),
    state: states[operator.state] ?? 'unknown',
    timesMs: {
      idle: nanoToMs(times?.idleNano ?? 0n),
      busy: nanoToMs(times?.busyNano ?? 0n),
      backpressured: nanoToMs(times?.backpressuredNano ?? 0n),
      paused: nanoToMs(times?.pausedNano ?? 0n),
    },
    passedEpoch: readEpoch(operator.passedEpoch),
    markerAgeMs: nanoToMs(operator.markerAgeNano),
    markerDelayMs: operator.markerDelayNano === 0n ? null : nanoToMs(operator.markerDelayNano),
    heldMs: nanoToMs(operator.heldNano),
    progressAgeMs: nanoToMs(operator.progressAgeNano),
    unread: operator.unread,
    oldestMs: nanoToMs(operator.oldestNano),
    oldestForMs: operator.oldestForNano > 0n ? nanoToMs(operator.oldestForNano) : null,
    oldestKey: operator.oldestKey,
    givenUp: operator.givenUp,
    leftToProgram: operator.leftToProgram,
    pauseReason: operator.pauseReason,
    pending: operator.pending === undefined ? null : Number(operator.pending),
    failures: Number(operator.failures),
    lastFailure: operator.lastFailure,
    disconnectedMs: nanoToMs(operator.disconnectedNano),
    leg: legs[operator.leg] ?? null,
    thread: operator.thread,
    job,
  };
}

function readEdge(edge: Edge): EdgeSnapshot {
  return {
    id: edge.id,
    sourceId: edge.sourceId,
    targetId: edge.targetId,
    queued: Number(edge.queued),
    capacity: edge.capacity === 0n ? null : Number(edge.capacity),
    back: edge.back,
    closed: edge.closed,
    passedEpoch: readEpoch(edge.passedEpoch),
    position: edge.position === Position.NONE ? 'none' : 'count',
  };
}

function readLoop(report: Report): LoopSnapshot | null {
  const { loop } = report;
  if (loop === undefined) return null;
  return {
    silentMs: nanoToMs(loop.silentNano),
    blockedMs: nanoToMs(loop.blockedNano),
    runningOperatorId: loop.runningOperatorId,
    delayMaxMs: nanoToMs(loop.delayMaxNano),
    cpuMs: loop.cpuNano === 0n ? null : nanoToMs(loop.cpuNano),
    agentGapMs: nanoToMs(loop.agentGapNano),
    debuggerPaused: loop.debuggerPaused,
    heapUsedBytes: Number(loop.heapUsedBytes),
    heapLimitBytes: Number(loop.heapLimitBytes),
  };
}

/** A place in source code, or null when the file is not known. */
export function readLocation(location: Location | undefined, codeOwner: CodeOwner): OwnedLocation | null {
  if (location === undefined || location.file === '') return null;
  const { function: name, file, line, column } = location;
  return ownedLocation({ function: name, file, line, column }, codeOwner);
}

/** Nanoseconds of the wire as milliseconds. */
export function nanoToMs(nano: bigint): number {
  return Number(nano) / 1e6;
}

function readEpoch(epoch: bigint): number {
  return epoch === FINISHED_EPOCH ? Number.POSITIVE_INFINITY : Number(epoch);
}
