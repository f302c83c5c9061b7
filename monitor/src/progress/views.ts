import { joinChannels } from '../channel/join.ts';
import type { Partition } from '../channel/partition.ts';
import { locationOf } from '../classify/frames.ts';
import type { Assessment } from '../detect/assess.ts';
import type { Finding } from '../detect/finding.ts';
import { flowGraph } from '../detect/flow-graph.ts';
import { isSlow, stateShares, verdictOf } from '../detect/verdict.ts';
import { rfc3339 } from '../model/evidence.ts';
import type { EdgeSnapshot, OperatorSnapshot } from '../model/snapshot.ts';
import { offsetSpreadMs } from '../model/worker-clock.ts';
import { runsPartOf } from '../model/worker-jobs.ts';
import type { TaskFacts, WorkerTasks } from '../model/worker-tasks.ts';
import { isFresh, reportAgeMs, type WorkerWindow } from '../model/worker-window.ts';
import type {
  EdgeView,
  GraphInParts,
  GraphPart,
  JobView,
  OperatorView,
  TaskView,
  WorkerView,
} from '../progress-monitor.ts';
import { channelEdgeView, channelView } from './channel-views.ts';
import { globalId } from './global-id.ts';

/** A worker as the views see it: its window, and what detection last said about it. */
export interface Seen {
  readonly window: WorkerWindow;
  readonly assessment: Assessment | undefined;
  /** Operators that wait for one of another worker. */
  readonly waiting: ReadonlySet<number>;
  readonly tasks?: WorkerTasks | undefined;
}

/** The operators of one worker. While the newest report is too old to speak for it, every verdict is unknown. */
export function operatorViews({ window, assessment, waiting }: Seen, nowMs: number): OperatorView[] {
  const { snapshot, previous } = window;
  if (snapshot === null) return [];
  const found = (assessment?.findings ?? []).filter((finding) => finding.stage === 'found');
  const context = {
    graph: flowGraph(snapshot),
    previous,
    fresh: isFresh(window, nowMs),
    // One stuck record of several is no standstill.
    culprits: new Set(found.flatMap(({ rule, operatorId }) => (rule === 'record-stuck' ? [] : operatorId))),
    victims: new Set([...waiting, ...found.flatMap((finding) => ownVictims(finding))]),
  };
  const ageMs = reportAgeMs(window, nowMs);
  return snapshot.operators.map((operator) => {
    const before = previous?.operatorsById.get(operator.id);
    const rate = completionsPerSecond(window, before, operator);
    const slow = isSlow(operator, context);
    const queued = context.graph.incoming(operator.id).reduce((sum, edge) => sum + edge.queued, 0);
    return {
      id: globalId(window.facts.worker, operator.id),
      worker: window.facts.worker,
      job: operator.job,
      name: operator.name,
      kind: operator.kind,
      unit: operator.unit,
      location: operator.location === null ? null : locationOf(operator.location),
      verdict: verdictOf(operator, context),
      state: operator.state,
      recordsIn: operator.kind === 'source' ? 0 : operator.completed,
      recordsOut: operator.emitted ?? (operator.kind === 'source' ? operator.completed : null),
      inFlight: operator.inFlight,
      passedEpoch: Number.isFinite(operator.passedEpoch) ? operator.passedEpoch : null,
      markerAgeMs: operator.markerAgeMs,
      markerDelayMs: operator.markerDelayMs,
      progressAgeMs: operator.progressAgeMs,
      timeSeconds: {
        busy: operator.timesMs.busy / 1000,
        idle: operator.timesMs.idle / 1000,
        backpressured: operator.timesMs.backpressured / 1000,
        paused: operator.timesMs.paused / 1000,
      },
      ratios: before === undefined ? null : stateShares(before, operator),
      leg: operator.leg,
      thread: operator.thread,
      oldest: operator.oldestMs > 0 ? { ageMs: operator.oldestMs, key: operator.oldestKey } : null,
      pauseReason: operator.state === 'paused' ? operator.pauseReason : '',
      pending: operator.pending,
      failures: operator.failures,
      lastFailure: operator.lastFailure,
      disconnectedMs: operator.disconnectedMs,
      reportAgeMs: ageMs,
      completedPerSecond: rate,
      drainSeconds: slow && rate !== null && rate > 0 ? queued / rate : null,
    };
  });
}

function ownVictims({ worker, victims }: Finding): number[] {
  return victims.flatMap((victim) => (victim.worker === worker ? victim.operatorId : []));
}

function completionsPerSecond(
  { snapshot, previous }: WorkerWindow,
  before: OperatorSnapshot | undefined,
  now: OperatorSnapshot,
): number | null {
  if (snapshot === null || previous === null || before === undefined) return null;
  const passedMs = snapshot.monotonicMs - previous.monotonicMs;
  return passedMs > 0 ? (Math.max(0, now.completed - before.completed) * 1000) / passedMs : null;
}

/** Delay of the newest marker that an operator has passed; 0 when it was too short to measure, null when none has passed. */
function markerDelayMs(operator: OperatorSnapshot | undefined): number | null {
  if (operator === undefined) return null;
  return operator.markerDelayMs ?? (operator.passedEpoch > 0 ? 0 : null);
}

function edgeView(window: WorkerWindow, edge: EdgeSnapshot): EdgeView {
  const delayOf = (id: number): number | null => markerDelayMs(window.snapshot?.operatorsById.get(id));
  const source = delayOf(edge.sourceId);
  const target = edge.position === 'none' ? null : delayOf(edge.targetId);
  return {
    id: globalId(window.facts.worker, edge.id),
    source: globalId(window.facts.worker, edge.sourceId),
    target: globalId(window.facts.worker, edge.targetId),
    worker: window.facts.worker,
    queued: edge.queued,
    capacity: edge.capacity,
    fill: edge.capacity === null ? null : Math.min(1, edge.queued / edge.capacity),
    markerDelayMs: target === null ? null : Math.max(0, target - (source ?? 0)),
    back: edge.back,
    closed: edge.closed,
    position: edge.position,
    channel: null,
  };
}

/** Who belongs to the picture of a job: the connected workers and those that are missed, or all it had when none is left. */
function shownOf(seen: readonly Seen[]): readonly Seen[] {
  const isMissed = ({ departure }: WorkerWindow): boolean => departure?.how === 'lost' && !departure.replaced;
  const shown = seen.filter(({ window }) => window.departure === null || isMissed(window));
  return shown.some(({ window }) => window.departure === null) ? shown : seen;
}

/** The graph of a job over all its workers; partitions are those of the channels between them. */
export function graphView(
  job: string,
  seen: readonly Seen[],
  partitions: Iterable<Partition>,
  nowMs: number,
  nowUnixMs: number,
): GraphInParts {
  const shown = shownOf(seen);
  const windows = new Map(shown.map(({ window }) => [window.facts.worker, window]));
  const joined = joinChannels(partitions, (worker) => windows.get(worker), nowMs);
  function* parts(): Generator<GraphPart> {
    for (const one of shown) {
      yield {
        get operators() {
          return operatorViews(one, nowMs).filter((operator) => operator.job === job);
        },
        get edges() {
          return edgesWithin(job, one.window).map((edge) => edgeView(one.window, edge));
        },
      };
    }
    const edges = joined.edges.map((edge) => channelEdgeView(edge, windows.get(edge.giver.worker)));
    yield { operators: [], edges };
  }
  let operators: readonly OperatorView[] | undefined;
  let edges: readonly EdgeView[] | undefined;
  return {
    job,
    at: rfc3339(nowUnixMs),
    reportAgeMs: oldest(shown, nowMs),
    get operators() {
      operators ??= [...parts()].flatMap((part) => part.operators);
      return operators;
    },
    get edges() {
      edges ??= [...parts()].flatMap((part) => part.edges);
      return edges;
    },
    channels: joined.partitions.map(channelView),
    omitted: { edges: joined.edgesOmitted, channels: joined.partitionsOmitted },
    parts,
  };
}

/** The edges between operators of a job; one to an operator of another job is in the graph of neither. */
function edgesWithin(job: string, { snapshot }: WorkerWindow): readonly EdgeSnapshot[] {
  if (snapshot === null) return [];
  const { edges, operatorsById } = snapshot;
  return edges.filter(({ sourceId, targetId }) =>
    [sourceId, targetId].every((id) => operatorsById.get(id)?.job === job),
  );
}

/** A job in one line, by the workers that run a part of it or have run one. */
export function jobView(job: string, seen: readonly Seen[], openIncidents: number, nowMs: number): JobView {
  const running = seen.filter(({ window }) => runsPartOf(window, job));
  const connected = running.filter(({ window }) => window.departure === null);
  const lost = running.some(({ window }) => window.departure?.how === 'lost' && !window.departure.replaced);
  const failed = running.some(({ window }) => window.failure !== null && window.departure?.replaced === false);
  return {
    job,
    state: connected.length > 0 ? 'running' : failed ? 'failed' : lost ? 'lost' : 'finished',
    workers: seen.length,
    workersConnected: connected.length,
    operators: (connected.length > 0 ? connected : seen).reduce(
      (sum, { window }) => sum + (window.snapshot?.operators.filter((operator) => operator.job === job).length ?? 0),
      0,
    ),
    openIncidents,
    reportAgeMs: oldest(connected, nowMs),
  };
}

/** One worker with its operators, which are worked out when they are asked for: lists are long. Also after it has gone. */
export function workerView(seen: Seen, nowMs: number): WorkerView {
  const { window } = seen;
  const { facts, snapshot, departure } = window;
  const loop = snapshot?.loop ?? null;
  let operators: readonly OperatorView[] | undefined;
  return {
    worker: facts.worker,
    job: facts.job,
    jobs: window.jobs,
    state: departure === null ? 'connected' : departure.how,
    session: facts.session,
    pid: facts.pid,
    host: facts.host,
    runtimeVersion: facts.runtimeVersion,
    agentVersion: facts.agentVersion,
    connectedAt: rfc3339(window.connectedAt.unixMs),
    reportAgeMs: reportAgeMs(window, nowMs),
    loop:
      loop === null
        ? null
        : {
            silentMs: loop.silentMs,
            blockedMs: loop.blockedMs,
            delayMaxMs: loop.delayMaxMs,
            runningOperator: snapshot?.operatorsById.get(loop.runningOperatorId)?.name ?? null,
            heapUsedBytes: loop.heapUsedBytes,
            heapLimitBytes: loop.heapLimitBytes,
          },
    drops: snapshot === null ? {} : { ...snapshot.drops, operatorsNotKeptByMonitor: snapshot.operatorsOmitted },
    clockSpreadMs: offsetSpreadMs(window.clock),
    capabilities: facts.capabilities,
    tasks: [...(seen.tasks?.tasks.values() ?? [])].map(taskView),
    capacity: seen.tasks?.capacity ?? null,
    get operators() {
      operators ??= operatorViews(seen, nowMs);
      return operators;
    },
  };
}

function taskView({ task, job, state, sinceUnixMs, message }: TaskFacts): TaskView {
  return { task, job, state, since: rfc3339(sinceUnixMs), message };
}

function oldest(seen: readonly Seen[], nowMs: number): number | null {
  const ages = seen.flatMap(({ window }) => reportAgeMs(window, nowMs) ?? []);
  return ages.length === 0 ? null : ages.reduce((most, age) => Math.max(most, age));
}
