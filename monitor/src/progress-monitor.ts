import type { Event, Heartbeat, Hello, Report, SampleRequest } from '@streamgauge/proto';
import type { Incident, IncidentEvent, IncidentFilter } from './incident/incident.ts';
import type { Parting } from './model/parting.ts';

/** Thresholds of detection, milliseconds unless said; fixed for the life of the monitor. */
export interface DetectionLimits {
  /** How long an operator may hold work without completing any. Default 30000, floor 500. */
  readonly stallAfterMs: number;
  /** Pause between two checks. Default stallAfterMs / 10, at most 1000. */
  readonly checkIntervalMs: number;
  /** How long a main thread may give no sign of life. Default 1000. */
  readonly loopBlockedMs: number;
  /** How long a worker may be away without having said goodbye. Default 5000. */
  readonly workerLostAfterMs: number;
  /** How long a verdict must stay away before its incident is resolved. Default 2 checks. */
  readonly resolveAfterMs: number;
}

/** Sends a request down the link of a worker; false when it is not connected. */
export type SampleRequester = (worker: string, request: SampleRequest) => boolean;

export interface JobView {
  readonly job: string;
  /** running while any worker that runs a part of it is connected, else failed, lost or finished. */
  readonly state: string;
  readonly workers: number;
  readonly workersConnected: number;
  readonly operators: number;
  readonly openIncidents: number;
  /** Age of the oldest of the newest reports of its connected workers. */
  readonly reportAgeMs: number | null;
}

export interface OperatorView {
  readonly id: string;
  readonly worker: string;
  /** The one that it names, or its worker's. */
  readonly job: string;
  readonly name: string;
  readonly kind: string;
  readonly unit: string;
  readonly location: {
    readonly function: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  } | null;
  /** ok, idle, slow, stalled, backpressured, victim, paused, ended, unknown. */
  readonly verdict: string;
  readonly state: string;
  readonly recordsIn: number;
  readonly recordsOut: number | null;
  readonly inFlight: number;
  readonly passedEpoch: number | null;
  readonly markerAgeMs: number;
  readonly markerDelayMs: number | null;
  readonly progressAgeMs: number;
  /** Cumulative seconds, and the share of the time between the last two reports. */
  readonly timeSeconds: {
    readonly busy: number;
    readonly idle: number;
    readonly backpressured: number;
    readonly paused: number;
  };
  readonly ratios: {
    readonly busy: number;
    readonly idle: number;
    readonly backpressured: number;
    readonly paused: number;
  } | null;
  /** fetch, deliver, handle, commit or produce when it is a step of a consumer or producer of a broker. */
  readonly leg: string | null;
  /** Number of the thread that runs it. 0: the main thread. */
  readonly thread: number;
  /** The oldest record in flight; null when there is none or its age is not known. The key may be empty. */
  readonly oldest: { readonly ageMs: number; readonly key: string } | null;
  /** What holds a paused operator. Empty: not told. */
  readonly pauseReason: string;
  /** Work that waits for it outside of the worker, as its client library knows it. */
  readonly pending: number | null;
  /** Attempts that have failed since it was adopted, and what failed last. */
  readonly failures: number;
  readonly lastFailure: string;
  /** How long the connection it needs has been away. 0: it is there, or is not watched. */
  readonly disconnectedMs: number;
}

export interface EdgeView {
  readonly id: string;
  /** Ids of OperatorViews. */
  readonly source: string;
  readonly target: string;
  /** Of the target. */
  readonly worker: string;
  /** Between processes the messages that the target has not reached; null: not known. */
  readonly queued: number | null;
  readonly capacity: number | null;
  /** 0 to 1. */
  readonly fill: number | null;
  readonly markerDelayMs: number | null;
  readonly back: boolean;
  readonly closed: boolean;
  /** none: no marker crosses it, code that is not followed lies in between. */
  readonly position: 'count' | 'none';
  /** The channel of a broker that carries the records to another operator; null within a process. */
  readonly channel: {
    readonly system: string;
    readonly channel: string;
    /** Partitions behind the edge; delay and age are those of the latest one. */
    readonly partitions: number;
    /** True: markerDelayMs is the least it can be, because the source was not known earlier. */
    readonly atLeast: boolean;
  } | null;
}

/** One partition of a channel between the operators of a job, or between them and processes that are not watched. */
export interface ChannelView {
  readonly system: string;
  readonly channel: string;
  /** Empty: the channel has one order. */
  readonly partition: string;
  /** Ids of OperatorViews, the first of them only; the counts tell all. No producer: it is filled by processes not watched. */
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  readonly producerCount: number;
  readonly consumerCount: number;
  /** The newest position known, and the least that a consumer has reached. */
  readonly newest: string | null;
  readonly reached: string | null;
  /** Messages that the furthest behind has not reached; null: not known. */
  readonly lag: number | null;
  /** Age of the oldest message that a consumer has not reached; null: not known. */
  readonly markerDelayMs: number | null;
  /** Messages without a position that could be read, given or taken since the ports were found. */
  readonly unpositioned: number;
}

/** What one worker, or the channels between workers, are in the graph of a job; each list is worked out when it is asked for. */
export interface GraphPart {
  readonly operators: readonly OperatorView[];
  readonly edges: readonly EdgeView[];
}

export interface GraphView extends GraphPart {
  readonly job: string;
  /** RFC 3339 time at which this answer was made. */
  readonly at: string;
  /** Age of the oldest report behind it. */
  readonly reportAgeMs: number | null;
  readonly channels: readonly ChannelView[];
  /** Edges between processes, and partitions, that this answer leaves out because there are too many. */
  readonly omitted: { readonly edges: number; readonly channels: number };
}

/** The same, with its operators and edges also piece by piece: workers may be thousands. */
export interface GraphInParts extends GraphView {
  parts(): Iterable<GraphPart>;
}

export interface WorkerView {
  readonly worker: string;
  readonly job: string;
  /** Every job that it runs a part of, or has run: its own first, then those that its operators name. */
  readonly jobs: readonly string[];
  /** connected, left, lost. */
  readonly state: string;
  readonly session: string;
  readonly pid: number;
  readonly host: string;
  readonly runtimeVersion: string;
  readonly agentVersion: string;
  readonly connectedAt: string | null;
  readonly reportAgeMs: number | null;
  readonly loop: {
    readonly silentMs: number;
    readonly blockedMs: number;
    readonly delayMaxMs: number;
    readonly runningOperator: string | null;
    /** What is on the heap of the main thread, and where the runtime ends the process. 0: not told. */
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
  } | null;
  readonly drops: Readonly<Record<string, number>>;
  /**
   * By how much times of this worker may be off when they are compared with those of others, milliseconds, without the least
   * delay of its connection. null: not known yet.
   */
  readonly clockSpreadMs: number | null;
  /** What it can be asked for; the commands among them are those that its own user allows. */
  readonly capabilities: readonly string[];
  /** Those that go on, and the last ones that have ended, in the order of the last word on each. */
  readonly tasks: readonly TaskView[];
  /** null: not told, or it is gone. */
  readonly capacity: { readonly slots: number; readonly free: number } | null;
  readonly operators: readonly OperatorView[];
}

/** A task that a worker has told of. */
export interface TaskView {
  readonly task: string;
  readonly job: string;
  /** received, waiting-for-worker, waiting-for-launch, running, succeeded, failed, cancelled, lost, unknown. */
  readonly state: string;
  /** RFC 3339 time, by the clock of the worker; of a task that was lost with its worker by that of the monitor. */
  readonly since: string;
  /** Of its end; empty: nothing to add. */
  readonly message: string;
}

/** What the link and the HTTP interface know of the monitor's core: facts go in, views come out. */
export interface ProgressMonitor {
  /** Takes back open incidents of an earlier run of the monitor; before any other call. */
  restore(openIncidents: readonly Incident[]): void;
  workerConnected(hello: Hello): void;
  /** left: it said goodbye; lost: the connection broke or went silent. */
  workerDisconnected(worker: string, how: 'left' | 'lost', parting?: Parting): void;
  reportReceived(worker: string, report: Report): void;
  /** A heartbeat of a worker, which may speak of tasks and of how many it can take. */
  tasksTold(worker: string, heartbeat: Heartbeat): void;
  /** Called after the store has the event. */
  eventStored(worker: string, event: Event): void;
  /** One round of detection; called every checkIntervalMs, and by itself when a report shows a blocked loop. */
  check(): void;
  jobs(): readonly JobView[];
  job(name: string): JobView | undefined;
  graph(job: string): GraphInParts | undefined;
  workers(): readonly WorkerView[];
  /** Names of the same; the view of one of a thousand takes a thousandth of the time. */
  workerNames(): readonly string[];
  worker(name: string): WorkerView | undefined;
  openIncidents(filter: IncidentFilter): readonly Incident[];
  /** Calls back after each change of an incident, in order; gives the function that ends it. */
  onIncident(callback: (event: IncidentEvent) => void): () => void;
  /** Takes a sample now on behalf of a person; resolves with the event that carries the evidence, rejects after timeoutMs. */
  sample(
    worker: string,
    request: { readonly kinds: readonly ('cpu' | 'await')[]; readonly durationMs: number; readonly operator?: string },
    timeoutMs: number,
  ): Promise<Event>;
}
