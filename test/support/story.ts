import {
  create,
  type Event,
  EventSchema,
  EvidenceTrigger,
  FrameOrigin,
  type Hello,
  HelloSchema,
  Leg,
  type MessageInitShape,
  NativeCall,
  OperatorKind,
  OperatorState,
  PortDirection,
  Position,
  type Report,
  ReportSchema,
  SampleKind,
  type SampleRequest,
  Topic,
  Unit,
  WorkerState,
} from '@streamgauge/proto';
import type { Classifier } from '../../monitor/src/classify/classification.ts';
import { type Plugin, pluginOnLoop } from '../../monitor/src/classify/plugin.ts';
import type { Incident, IncidentEvent } from '../../monitor/src/incident/incident.ts';
import { silentLogger } from '../../monitor/src/log.ts';
import { ownerByPatterns } from '../../monitor/src/model/code-owner.ts';
import type { RunningProgressMonitor } from '../../monitor/src/progress/options.ts';
import { createProgressMonitor } from '../../monitor/src/progress/progress-monitor.ts';
import type { DetectionLimits } from '../../monitor/src/progress-monitor.ts';
import { FakeClock } from './fake-clock.ts';

/** Limits of the stories: the defaults of the monitor. */
export const limits: DetectionLimits = {
  stallAfterMs: 30_000,
  checkIntervalMs: 1000,
  loopBlockedMs: 1000,
  workerLostAfterMs: 5000,
  resolveAfterMs: 2000,
};

/** One operator of a report in a test's own words; everything has a healthy default. */
export interface OperatorWords {
  readonly id?: number;
  readonly kind?: 'source' | 'transform' | 'sink' | 'function';
  readonly state?: 'idle' | 'busy' | 'backpressured' | 'paused' | 'ended';
  readonly heldMs?: number;
  readonly inFlight?: number;
  readonly completed?: number;
  readonly markerAgeMs?: number;
  readonly progressAgeMs?: number;
  /** 'finished' is the end of input. */
  readonly passedEpoch?: number | 'finished';
  readonly unread?: boolean;
  readonly busyMs?: number;
  readonly idleMs?: number;
  readonly location?: { readonly function: string; readonly file: string; readonly line: number };
  readonly oldestMs?: number;
  readonly oldestForMs?: number;
  readonly oldestKey?: string;
  readonly pauseReason?: string;
  readonly pending?: number;
  readonly failures?: number;
  readonly lastFailure?: string;
  readonly disconnectedMs?: number;
  readonly leg?: 'fetch' | 'deliver' | 'handle' | 'commit' | 'produce';
  readonly thread?: number;
  readonly job?: string;
}

export interface EdgeWords {
  readonly queued?: number;
  readonly capacity?: number;
  readonly closed?: boolean;
  readonly back?: boolean;
  readonly position?: 'count' | 'none';
}

/** A port; position and head are a major, or major and minor. */
export interface PortWords {
  readonly operator: string;
  readonly direction: 'out' | 'in';
  /** `system/channel` or `system/channel/partition`. */
  readonly channel: string;
  readonly position?: number | readonly [number, number];
  readonly head?: number | readonly [number, number];
  readonly messages?: number;
  readonly unpositioned?: number;
}

/** A report: operators by name (`name#2` for a second one of that name), edges as `a>b`. Ids follow the order, from 1. */
export interface ReportWords {
  readonly sequence?: number;
  readonly monotonicMs?: number;
  readonly sentUnixMs?: number;
  readonly intervalMs?: number;
  readonly epoch?: number;
  readonly operators?: Readonly<Record<string, OperatorWords>>;
  readonly edges?: Readonly<Record<string, EdgeWords>>;
  readonly loop?: {
    readonly silentMs?: number;
    readonly blockedMs?: number;
    readonly running?: string;
    readonly agentGapMs?: number;
    readonly debuggerPaused?: boolean;
  };
  readonly ports?: readonly PortWords[];
  readonly droppedOperators?: number;
  readonly droppedReports?: number;
}

const nano = (ms: number): bigint => BigInt(Math.round(ms * 1e6));
const states = {
  idle: OperatorState.IDLE,
  busy: OperatorState.BUSY,
  backpressured: OperatorState.BACKPRESSURED,
  paused: OperatorState.PAUSED,
  ended: OperatorState.ENDED,
} as const;
const kinds = {
  source: OperatorKind.SOURCE,
  transform: OperatorKind.TRANSFORM,
  sink: OperatorKind.SINK,
  function: OperatorKind.FUNCTION,
} as const;
const legs = {
  fetch: Leg.FETCH,
  deliver: Leg.DELIVER,
  handle: Leg.HANDLE,
  commit: Leg.COMMIT,
  produce: Leg.PRODUCE,
} as const;

const positionOf = (words: number | readonly [number, number]): { major: bigint; minor: bigint } => {
  const [major, minor] = typeof words === 'number' ? [words, 0] : words;
  return { major: BigInt(major), minor: BigInt(minor) };
};

/** Builds the wire's report from words. */
export function reportOf(words: ReportWords): Report {
  const names = Object.keys(words.operators ?? {});
  const idOf = (name: string): number => words.operators?.[name]?.id ?? names.indexOf(name) + 1;
  return create(ReportSchema, {
    sequence: BigInt(words.sequence ?? 1),
    monotonicNano: nano(words.monotonicMs ?? 1000),
    sentUnixNano: nano(words.sentUnixMs ?? 0),
    intervalMillis: words.intervalMs ?? 1000,
    epoch: BigInt(words.epoch ?? 100),
    operators: Object.entries(words.operators ?? {}).map(([name, operator]) => ({
      id: idOf(name),
      name: name.replace(/#\d+$/, ''),
      kind: kinds[operator.kind ?? 'transform'],
      unit: Unit.RECORDS,
      completed: BigInt(operator.completed ?? 0),
      inFlight: BigInt(operator.inFlight ?? 0),
      state: states[operator.state ?? 'idle'],
      stateTimes: { busyNano: nano(operator.busyMs ?? 0), idleNano: nano(operator.idleMs ?? 0) },
      passedEpoch:
        operator.passedEpoch === 'finished'
          ? 18446744073709551615n
          : BigInt(operator.passedEpoch ?? words.epoch ?? 100),
      markerAgeNano: nano(operator.markerAgeMs ?? 0),
      heldNano: nano(operator.heldMs ?? 0),
      progressAgeNano: nano(operator.progressAgeMs ?? operator.heldMs ?? 0),
      unread: operator.unread ?? false,
      oldestNano: nano(operator.oldestMs ?? 0),
      oldestForNano: nano(operator.oldestForMs ?? 0),
      oldestKey: operator.oldestKey ?? '',
      pauseReason: operator.pauseReason ?? '',
      failures: BigInt(operator.failures ?? 0),
      lastFailure: operator.lastFailure ?? '',
      disconnectedNano: nano(operator.disconnectedMs ?? 0),
      leg: operator.leg === undefined ? Leg.UNSPECIFIED : legs[operator.leg],
      thread: operator.thread ?? 0,
      job: operator.job ?? '',
      ...(operator.pending === undefined ? {} : { pending: BigInt(operator.pending) }),
      ...(operator.location === undefined ? {} : { location: { ...operator.location, column: 1 } }),
    })),
    edges: Object.entries(words.edges ?? {}).map(([path, edge], index) => {
      const [source = '', target = ''] = path.split('>');
      return {
        id: index + 1,
        sourceId: idOf(source),
        targetId: idOf(target),
        queued: BigInt(edge.queued ?? 0),
        capacity: BigInt(edge.capacity ?? 16),
        closed: edge.closed ?? false,
        back: edge.back ?? false,
        passedEpoch: 0n,
        position: edge.position === 'none' ? Position.NONE : Position.COUNT,
      };
    }),
    ports: (words.ports ?? []).map((port, index) => {
      const [system = '', channel = '', partition = ''] = port.channel.split('/');
      return {
        id: index + 1,
        operatorId: idOf(port.operator),
        direction: port.direction === 'out' ? PortDirection.OUT : PortDirection.IN,
        system,
        channel,
        partition,
        ...(port.position === undefined ? {} : { position: positionOf(port.position) }),
        ...(port.head === undefined ? {} : { head: positionOf(port.head) }),
        messages: BigInt(port.messages ?? 0),
        unpositioned: BigInt(port.unpositioned ?? 0),
      };
    }),
    loop: {
      silentNano: nano(words.loop?.silentMs ?? 0),
      blockedNano: nano(words.loop?.blockedMs ?? 0),
      runningOperatorId: words.loop?.running === undefined ? 0 : idOf(words.loop.running),
      agentGapNano: nano(words.loop?.agentGapMs ?? 0),
      debuggerPaused: words.loop?.debuggerPaused ?? false,
    },
    drops: { operators: BigInt(words.droppedOperators ?? 0), reports: BigInt(words.droppedReports ?? 0) },
  });
}

export function helloOf(worker: string, more: MessageInitShape<typeof HelloSchema> = {}): Hello {
  return create(HelloSchema, {
    protocolVersion: 1,
    worker,
    job: 'index',
    session: `${worker}-session-1`,
    pid: 4711,
    host: 'box',
    runtimeVersion: 'v24.21.0',
    agentVersion: '0.1.0',
    capabilities: ['cpu-sample', 'await-sample'],
    ...more,
  });
}

/** A frame as `origin function file:line`, such as `user enrich /app/enrich.mjs:42`; a native one may end after the function. */
export function frameOf(text: string): {
  function: string;
  file: string;
  line: number;
  column: number;
  origin: FrameOrigin;
} {
  const [origin = '', name = '', place = ''] = text.split(' ');
  const colon = place.lastIndexOf(':');
  return {
    origin: {
      user: FrameOrigin.USER,
      dependency: FrameOrigin.DEPENDENCY,
      node: FrameOrigin.NODE,
      agent: FrameOrigin.AGENT,
      native: FrameOrigin.NATIVE,
    }[origin as 'user'],
    function: name === '-' ? '' : name,
    file: colon < 0 ? '' : place.slice(0, colon),
    line: colon < 0 ? 0 : Number(place.slice(colon + 1)),
    column: colon < 0 ? 0 : 5,
  };
}

/** Evidence in a test's own words. */
export interface EvidenceWords {
  readonly requestId?: string;
  readonly trigger?: 'request' | 'loop-blocked' | 'loop-resumed' | 'loop-drained';
  readonly operatorId?: number;
  readonly cpu?: readonly string[];
  readonly await?: readonly string[];
  /** What that call waited for came a moment later. */
  readonly settled?: boolean;
  readonly turningFrame?: number;
  /** Errors that were caught within two seconds, three times each unless said. */
  readonly errors?: readonly {
    readonly name?: string;
    readonly code?: string;
    readonly status?: number;
    readonly count?: number;
    readonly frames: readonly string[];
  }[];
  /** Answers of HTTP meanwhile, and how many of them were refusals of status 503. */
  readonly answers?: readonly { readonly peer: string; readonly answers: number; readonly refused: number }[];
  readonly thread?: {
    readonly state: string;
    readonly cpuShare: number;
    readonly waitChannel?: string;
    readonly systemCall?: number;
    /** Processor time since the silence began. */
    readonly spentMs?: number;
  };
  /** The worker thread whose processor's stacks these are, and for how long its loop was silent. */
  readonly silent?: { readonly thread: number; readonly ms: number };
  /** How the thread has told the processor's stack. */
  readonly nativeCall?: 'exact' | 'usual';
  readonly resources?: readonly string[];
  readonly missing?: readonly string[];
  readonly callbackOutstanding?: boolean;
  readonly promiseOutstanding?: boolean;
  readonly promiseAbandoned?: boolean;
  readonly letGo?: boolean;
  readonly repeats?: number;
  /** How many calls are suspended at the place of `await`. */
  readonly awaits?: number;
  /** Where the last failed attempt threw. */
  readonly threw?: readonly string[];
  readonly unreadOutput?: string;
  readonly operatorLocation?: { readonly function: string; readonly file: string; readonly line: number };
  /** How long a task has waited in the thread pool. */
  readonly threadPoolWaitingMs?: number;
  /** What the collector took of half a second, with a heap of 200 MB, and the limit of the heap in megabytes. */
  readonly garbage?: { readonly share: number; readonly limitMegabytes?: number };
  /** How long the record was held when the evidence was taken. */
  readonly heldMs?: number;
  /** Absent: the worker does not tell of its connections. */
  readonly connections?: readonly ConnectionWords[];
  readonly pools?: readonly PoolWords[];
}

/** A connection that the agent follows; everything is quiet unless said. */
export interface ConnectionWords {
  readonly peer?: string;
  readonly followed?: boolean;
  readonly held?: boolean;
  readonly accepted?: boolean;
  readonly openMs?: number;
  readonly connectingMs?: number;
  readonly owedMs?: number;
  /** Default: as long ago as the answer is owed, or a second. */
  readonly wroteMs?: number;
  readonly readMs?: number;
  readonly answers?: number;
  readonly usualMs?: number;
  readonly unsentBytes?: number;
  readonly requests?: number;
  readonly unread?: number;
  readonly failures?: number;
  readonly failingMs?: number;
  readonly failure?: string;
  readonly thread?: number;
}

export interface PoolWords {
  readonly kind?: string;
  readonly peer?: string;
  readonly size: number;
  readonly inUse: number;
  readonly making?: number;
  readonly owed?: number;
  readonly waiting: number;
  readonly holder?: string;
}

function connectionOf(words: ConnectionWords) {
  return {
    peer: words.peer ?? '10.0.0.1:9000',
    followed: words.followed ?? true,
    held: words.held ?? false,
    accepted: words.accepted ?? false,
    openNano: nano(words.openMs ?? 60_000),
    connectingNano: nano(words.connectingMs ?? 0),
    owedNano: nano(words.owedMs ?? 0),
    wroteNano: nano(words.wroteMs ?? words.owedMs ?? 1000),
    readNano: nano(words.readMs ?? 0),
    answers: BigInt(words.answers ?? 0),
    usualAnswerNano: nano(words.usualMs ?? 0),
    unsentBytes: BigInt(words.unsentBytes ?? 0),
    requests: words.requests ?? 0,
    unreadAnswers: words.unread ?? 0,
    failedAttempts: words.failures ?? 0,
    failingNano: nano(words.failingMs ?? 0),
    failure: words.failure ?? '',
    thread: words.thread ?? 0,
  };
}

function threadOf({ spentMs = 0, ...thread }: NonNullable<EvidenceWords['thread']>) {
  return { waitChannel: '', systemCall: -1, observedNano: 100_000_000n, spentNano: nano(spentMs), ...thread };
}

/** Builds an evidence event; its samples are one stack per kind. */
export function evidenceOf(words: EvidenceWords): Event {
  const sample = (kind: SampleKind, frames: readonly string[] | undefined) =>
    frames === undefined
      ? []
      : [
          {
            kind,
            count: kind === SampleKind.AWAIT ? (words.awaits ?? 1) : 1,
            takenUnixNano: 1n,
            frames: frames.map(frameOf),
            settled: kind === SampleKind.AWAIT && words.settled === true,
            turningFrame: kind === SampleKind.AWAIT ? (words.turningFrame ?? 0) : 0,
          },
        ];
  return create(EventSchema, {
    topic: Topic.EVIDENCE,
    number: 1n,
    atUnixNano: 1_767_323_045_000_000_000n,
    payload: {
      case: 'evidence',
      value: {
        requestId: words.requestId ?? '',
        trigger: {
          request: EvidenceTrigger.REQUEST,
          'loop-blocked': EvidenceTrigger.LOOP_BLOCKED,
          'loop-resumed': EvidenceTrigger.LOOP_RESUMED,
          'loop-drained': EvidenceTrigger.LOOP_DRAINED,
        }[words.trigger ?? 'request'],
        operatorId: words.operatorId ?? 0,
        samples: [...sample(SampleKind.CPU, words.cpu), ...sample(SampleKind.AWAIT, words.await)],
        nativeCall:
          words.nativeCall === undefined ? 0 : { exact: NativeCall.EXACT, usual: NativeCall.USUAL }[words.nativeCall],
        cpuThread: words.silent?.thread ?? 0,
        loopSilentNano: nano(words.silent?.ms ?? 0),
        resources: [...(words.resources ?? [])],
        missing: [...(words.missing ?? [])],
        callbackOutstanding: words.callbackOutstanding ?? false,
        promiseOutstanding: words.promiseOutstanding ?? false,
        promiseAbandoned: words.promiseAbandoned ?? false,
        letGo: words.letGo ?? false,
        repeats: words.repeats ?? 0,
        failureFrames: (words.threw ?? []).map(frameOf),
        unreadOutput: words.unreadOutput ?? '',
        heldNano: nano(words.heldMs ?? 0),
        threadPoolWaitingNano: nano(words.threadPoolWaitingMs ?? 0),
        connectionsKnown: words.connections !== undefined,
        connections: (words.connections ?? []).map(connectionOf),
        caughtErrors: (words.errors ?? []).map(({ frames, ...error }) => ({
          name: 'Error',
          count: 3,
          watchedNano: nano(2000),
          ...error,
          frames: frames.map(frameOf),
        })),
        peerAnswers: (words.answers ?? []).map((one) => ({ ...one, refusedStatus: one.refused > 0 ? 503 : 0 })),
        pools: (words.pools ?? []).map((pool) => ({ kind: 'pg-pool', ...pool })),
        ...(words.thread === undefined ? {} : { thread: threadOf(words.thread) }),
        ...(words.garbage === undefined
          ? {}
          : {
              garbage: {
                pausedNano: nano(500 * words.garbage.share),
                observedNano: nano(500),
                heapUsedBytes: 200_000_000n,
                heapLimitBytes: BigInt(words.garbage.limitMegabytes ?? 4000) * 1_000_000n,
              },
            }),
        ...(words.operatorLocation === undefined ? {} : { operatorLocation: { ...words.operatorLocation, column: 1 } }),
      },
    },
  });
}

export function failureOf(name: string, message: string, frames: readonly string[] = [], operatorId = 0): Event {
  return create(EventSchema, {
    topic: Topic.FAILURES,
    number: 1n,
    payload: { case: 'failure', value: { name, message, frames: frames.map(frameOf), operatorId } },
  });
}

/** `unfinished`: ids of operators that were left when the event loop ran dry; absent: somebody has ended the worker. */
export function lifecycleOf(state: 'finished' | 'failed', exitCode: number, unfinished?: readonly number[]): Event {
  const wire = state === 'failed' ? WorkerState.FAILED : WorkerState.FINISHED;
  return create(EventSchema, {
    topic: Topic.LIFECYCLE,
    number: 1n,
    payload: {
      case: 'lifecycle',
      value: {
        state: wire,
        exitCode,
        reason: '',
        drained: unfinished !== undefined,
        unfinishedOperatorIds: [...(unfinished ?? [])],
      },
    },
  });
}

/** A store that remembers what was saved, and fails while told to. */
export class RecordingStore {
  readonly saved: IncidentEvent[] = [];
  failing = false;

  async saveIncident(event: IncidentEvent['event'], incident: Incident): Promise<void> {
    if (this.failing) throw new Error('the disk is full');
    this.saved.push({ event, incident });
  }
}

/** A monitor's core, its clock, and everything that comes out of it; tells one story. */
export class Story {
  readonly clock = new FakeClock();
  readonly store = new RecordingStore();
  readonly requests: { readonly worker: string; readonly request: SampleRequest }[] = [];
  readonly told: IncidentEvent[] = [];
  readonly monitor: RunningProgressMonitor;
  readonly limits: DetectionLimits;
  connected = true;
  #sequence = 0;
  #ids = 0;

  constructor(
    options: {
      readonly limits?: Partial<DetectionLimits>;
      readonly classifiers?: readonly Classifier[];
      readonly failureClassifiers?: readonly Classifier[];
      readonly userCode?: readonly string[];
    } = {},
  ) {
    this.limits = { ...limits, ...options.limits };
    this.monitor = createProgressMonitor({
      clock: this.clock,
      limits: this.limits,
      store: this.store,
      logger: silentLogger,
      plugins: {
        classifiers: (options.classifiers ?? []).map((classifier) => this.#plugin(classifier)),
        failureClassifiers: (options.failureClassifiers ?? []).map((classifier) => this.#plugin(classifier)),
      },
      codeOwner: ownerByPatterns(options.userCode ?? []),
      newId: () => `id-${++this.#ids}`,
      requestSample: (worker, request) => {
        if (this.connected) this.requests.push({ worker, request });
        return this.connected;
      },
    });
    this.monitor.onIncident((event) => this.told.push(event));
  }

  #plugin(classifier: Classifier): Plugin {
    return pluginOnLoop(classifier, (delayMs, callback) => this.clock.after(delayMs, callback));
  }

  hello(worker = 'w1', more: MessageInitShape<typeof HelloSchema> = {}): this {
    this.monitor.workerConnected(helloOf(worker, more));
    return this;
  }

  report(words: ReportWords, worker = 'w1'): this {
    this.#sequence += 1;
    const monotonicMs = this.clock.monotonicMs();
    this.monitor.reportReceived(worker, reportOf({ sequence: this.#sequence, monotonicMs, ...words }));
    return this;
  }

  event(event: Event, worker = 'w1'): this {
    this.monitor.eventStored(worker, event);
    return this;
  }

  /** Answers the newest sample request. */
  answer(words: EvidenceWords, worker = 'w1'): this {
    const request = this.requests.at(-1)?.request;
    if (request === undefined) throw new Error('nothing was asked');
    return this.event(evidenceOf({ requestId: request.requestId, operatorId: request.operatorId, ...words }), worker);
  }

  check(): this {
    this.monitor.check();
    return this;
  }

  /** Seconds pass; in each the worker reports what is said, and a check follows. */
  seconds(count: number, words?: (second: number) => ReportWords, worker = 'w1'): this {
    for (let second = 1; second <= count; second += 1) {
      this.clock.advance(1000);
      if (words !== undefined) this.report(words(second), worker);
      this.check();
    }
    return this;
  }

  /** What was told, as `opened operator-stalled enrich`. */
  async events(): Promise<string[]> {
    await this.monitor.settled();
    return this.told.map(({ event, incident }) =>
      `${event.slice('incident.'.length)} ${incident.rule} ${incident.operator}`.trim(),
    );
  }

  /** Without the updates. */
  async turns(): Promise<string[]> {
    return (await this.events()).filter((line) => !line.startsWith('updated'));
  }

  get open(): readonly Incident[] {
    return this.monitor.openIncidents({});
  }
}
