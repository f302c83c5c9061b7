import {
  create,
  type Drops,
  DropsSchema,
  type Edge,
  EdgeSchema,
  FINISHED_EPOCH,
  Leg,
  LIMITS,
  LoopSchema,
  type Operator,
  OperatorKind,
  OperatorSchema,
  Position,
  type Report,
  ReportSchema,
  StateTimesSchema,
  Unit,
} from '@streamgauge/proto';
import { OperatorState } from '../board/layout.ts';
import { locationMessage } from '../sample/frames.ts';
import type { EpochClock } from './epoch-clock.ts';
import type { SourceLocation } from './messages.ts';
import { nanoseconds, wholeNumber } from './nanoseconds.ts';
import { markerAgeMs, markerDelayMs } from './operator-window.ts';
import { portMessage } from './port-message.ts';
import type { Topology, TrackedEdge, TrackedOperator } from './topology.ts';
import type { ThreadGraph } from './worker-threads.ts';

/** What the agent thread knows of the main thread's event loop, in milliseconds. */
export interface LoopFacts {
  readonly silentMs: number;
  /** 0: not blocked. */
  readonly blockedMs: number;
  readonly runningOperator: number;
  readonly delayMaxMs: number;
  /** Processor time of the main thread; 0: not known on this system. */
  readonly cpuMs: number;
  readonly agentGapMs: number;
  readonly debuggerPaused: boolean;
  /** Of the main thread; 0: not known. */
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
}

/** What was lost on purpose since the session began. */
export type DropFacts = Omit<Drops, '$typeName' | '$unknown'>;

/** Everything a report is made of. */
export interface ReportFacts {
  readonly sequence: number;
  readonly unixMs: number;
  readonly monotonicMs: number;
  readonly intervalMs: number;
  readonly topology: Topology;
  /** The same of the worker threads. */
  readonly threads: readonly ThreadGraph[];
  readonly epochs: EpochClock;
  readonly loop: LoopFacts;
  readonly drops: DropFacts;
  /** Where an operator's code starts, when a sample has found out; else the place the main thread told. */
  readonly located: (operatorId: number) => SourceLocation | undefined;
}

/** The report message. Pure. */
export function buildReport(facts: ReportFacts): Report {
  const { topology, epochs, loop, monotonicMs } = facts;
  const { graphs, leftOut } = withinLimits([{ thread: 0, topology }, ...facts.threads]);
  return create(ReportSchema, {
    sequence: BigInt(facts.sequence),
    sentUnixNano: nanoseconds(facts.unixMs),
    monotonicNano: nanoseconds(monotonicMs),
    intervalMillis: facts.intervalMs,
    epoch: BigInt(epochs.epoch),
    operators: graphs.flatMap((graph) =>
      Array.from(graph.topology.operators.values(), (operator) => ({
        ...operatorMessage(operator, epochs, monotonicMs, facts.located(operator.info.id)),
        thread: graph.thread,
      })),
    ),
    edges: graphs.flatMap((graph) => Array.from(graph.topology.edges.values(), edgeMessage)),
    ports: graphs.flatMap((graph) => Array.from(graph.topology.ports.values(), portMessage)),
    loop: create(LoopSchema, {
      silentNano: nanoseconds(loop.silentMs),
      blockedNano: nanoseconds(loop.blockedMs),
      runningOperatorId: loop.runningOperator,
      delayMaxNano: nanoseconds(loop.delayMaxMs),
      cpuNano: nanoseconds(loop.cpuMs),
      agentGapNano: nanoseconds(loop.agentGapMs),
      debuggerPaused: loop.debuggerPaused,
      heapUsedBytes: wholeNumber(loop.heapUsedBytes),
      heapLimitBytes: wholeNumber(loop.heapLimitBytes),
    }),
    drops: create(DropsSchema, { ...facts.drops, operators: facts.drops.operators + BigInt(leftOut) }),
  });
}

/** As many threads as a report has room for: one whose edges or ports would be missing would be a graph that is not there. */
function withinLimits(all: readonly ThreadGraph[]): { graphs: ThreadGraph[]; leftOut: number } {
  const graphs: ThreadGraph[] = [];
  let [operators, edges, ports, leftOut] = [0, 0, 0, 0];
  for (const graph of all) {
    const { topology } = graph;
    const fits =
      operators + topology.operators.size <= LIMITS.OPERATORS_PER_REPORT &&
      edges + topology.edges.size <= LIMITS.EDGES_PER_REPORT &&
      ports + topology.ports.size <= LIMITS.PORTS_PER_REPORT;
    if (graph.thread === 0 || fits) {
      graphs.push(graph);
      operators += topology.operators.size;
      edges += topology.edges.size;
      ports += topology.ports.size;
    } else leftOut += topology.operators.size;
  }
  return { graphs, leftOut };
}

function operatorMessage(
  { info, window, texts, job }: TrackedOperator,
  epochs: EpochClock,
  nowMs: number,
  located: SourceLocation | undefined,
): Operator {
  const { look } = window;
  const location = located ?? info.location;
  const ended = look.state === OperatorState.ENDED;
  return create(OperatorSchema, {
    id: info.id,
    name: info.name,
    kind: KINDS[info.kind],
    ...(location === undefined ? {} : { location: locationMessage(location) }),
    unit: info.unit === 'bytes' ? Unit.BYTES : Unit.RECORDS,
    completed: wholeNumber(look.completed),
    ...(look.emitted < 0 ? {} : { emitted: wholeNumber(look.emitted) }),
    inFlight: wholeNumber(look.inFlight),
    // The board uses the numbers of the protocol.
    state: look.state as number,
    stateTimes: create(StateTimesSchema, {
      idleNano: nanoseconds(window.idleMs),
      busyNano: nanoseconds(window.busyMs),
      backpressuredNano: nanoseconds(window.backpressuredMs),
      pausedNano: nanoseconds(window.pausedMs),
    }),
    passedEpoch: epochNumber(look.passedEpoch),
    markerAgeNano: nanoseconds(markerAgeMs(look, epochs, nowMs)),
    markerDelayNano: nanoseconds(markerDelayMs(look, epochs)),
    heldNano: ended ? 0n : nanoseconds(window.heldMs),
    progressAgeNano: nanoseconds(nowMs - window.progressAtMs),
    unread: look.unread,
    oldestNano: ageNano(look.oldestAtMs, nowMs),
    oldestForNano: ageNano(window.oldestSeenAtMs, nowMs),
    oldestKey: look.oldestAtMs > 0 ? (texts?.oldestKey ?? '') : '',
    pauseReason: texts?.pauseReason ?? '',
    ...(look.pending < 0 ? {} : { pending: wholeNumber(look.pending) }),
    failures: wholeNumber(look.failures),
    lastFailure: texts?.lastFailure ?? '',
    givenUp: texts?.givenUp ?? false,
    leftToProgram: texts?.leftToProgram ?? false,
    disconnectedNano: ageNano(look.disconnectedAtMs, nowMs),
    leg: info.leg === undefined ? Leg.UNSPECIFIED : LEGS[info.leg],
    job,
  });
}

function edgeMessage({ info, queued, passedEpoch, closed }: TrackedEdge): Edge {
  return create(EdgeSchema, {
    id: info.id,
    sourceId: info.sourceId,
    targetId: info.targetId,
    queued: wholeNumber(queued),
    capacity: wholeNumber(info.capacity),
    back: info.back,
    closed,
    passedEpoch: epochNumber(passedEpoch),
    position: info.carries ? Position.COUNT : Position.NONE,
  });
}

/** Age of something that began at a moment of the board's clock; 0: it did not. */
function ageNano(sinceMs: number, nowMs: number): bigint {
  return sinceMs > 0 ? nanoseconds(Math.max(1e-3, nowMs - sinceMs)) : 0n;
}

function epochNumber(epoch: number): bigint {
  return epoch === Number.POSITIVE_INFINITY ? FINISHED_EPOCH : wholeNumber(epoch);
}

const KINDS = {
  source: OperatorKind.SOURCE,
  transform: OperatorKind.TRANSFORM,
  sink: OperatorKind.SINK,
  function: OperatorKind.FUNCTION,
} as const;

const LEGS = {
  fetch: Leg.FETCH,
  deliver: Leg.DELIVER,
  handle: Leg.HANDLE,
  commit: Leg.COMMIT,
  produce: Leg.PRODUCE,
} as const;
