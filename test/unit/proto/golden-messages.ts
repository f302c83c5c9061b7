import {
  CommandOutcome,
  create,
  EvidenceTrigger,
  FrameOrigin,
  Leg,
  type MessageInitShape,
  type MonitorMessage,
  MonitorMessageSchema,
  NativeCall,
  OperatorKind,
  OperatorState,
  PortDirection,
  Position,
  SampleKind,
  TaskState,
  Topic,
  Unit,
  type WorkerMessage,
  WorkerMessageSchema,
  WorkerState,
} from '@streamgauge/proto';

export const UINT32_MAX = 0xffff_ffff;
export const UINT64_MAX = 0xffff_ffff_ffff_ffffn;
const INT64_MIN = -0x8000_0000_0000_0000n;
const INT64_MAX = 0x7fff_ffff_ffff_ffffn;
const AT_UNIX_NANO = 1_767_225_600_123_456_789n;

/** One frame of each kind as it is in everyday life, and each again with the largest, smallest and strangest values. */
export const WORKER_GOLDEN: Readonly<Record<string, WorkerMessage>> = {
  'worker-hello': worker({
    case: 'hello',
    value: {
      protocolVersion: 1,
      worker: 'indexer-7',
      job: 'search-index',
      session: '0f8e1c8a-5f0d-4c9e-9a53-2f4f0f6f9f11',
      pid: 4242,
      host: 'web-1.example',
      runtimeVersion: 'v24.21.0',
      agentVersion: '0.1.0',
      capabilities: ['cpu-sample', 'await-sample'],
      startedUnixNano: AT_UNIX_NANO,
      sentUnixNano: AT_UNIX_NANO + 1_000_000n,
      heartbeatPeriodMillis: 5000,
    },
  }),
  'worker-hello-extreme': worker({
    case: 'hello',
    value: {
      protocolVersion: UINT32_MAX,
      worker: 'Wärter 🛶 "quoted" \\ <b>',
      job: '\u0000\u202e\u2028',
      session: 's',
      pid: UINT32_MAX,
      startedUnixNano: INT64_MIN,
      sentUnixNano: INT64_MAX,
      heartbeatPeriodMillis: UINT32_MAX,
    },
  }),
  'worker-report': worker({
    case: 'report',
    value: {
      sequence: 3n,
      sentUnixNano: AT_UNIX_NANO,
      monotonicNano: 3_000_000_000n,
      intervalMillis: 1000,
      epoch: 3n,
      operators: [
        {
          id: 1,
          name: 'ReadStream',
          kind: OperatorKind.SOURCE,
          unit: Unit.BYTES,
          completed: 65_536n,
          state: OperatorState.BACKPRESSURED,
          stateTimes: { idleNano: 1n, busyNano: 2n, backpressuredNano: 3n, pausedNano: 4n },
          passedEpoch: 3n,
        },
        {
          id: 2,
          name: 'enrich',
          kind: OperatorKind.TRANSFORM,
          location: { function: 'enrich', file: '/app/src/enrich.mjs', line: 12, column: 3 },
          unit: Unit.RECORDS,
          completed: 100n,
          emitted: 0n,
          inFlight: 1n,
          state: OperatorState.BUSY,
          passedEpoch: 1n,
          markerAgeNano: 2_000_000_000n,
          markerDelayNano: 1_500_000n,
          heldNano: 1_900_000_000n,
          progressAgeNano: 1_900_000_000n,
          unread: true,
        },
      ],
      edges: [{ id: 1, sourceId: 1, targetId: 2, queued: 16n, capacity: 16n, passedEpoch: 1n }],
      loop: {
        silentNano: 20_000_000n,
        runningOperatorId: 2,
        delayMaxNano: 1_000_000n,
        cpuNano: 900_000_000n,
        heapUsedBytes: 60_000_000n,
        heapLimitBytes: 67_108_864n,
      },
      drops: { reports: 1n },
    },
  }),
  'worker-report-ports': worker({
    case: 'report',
    value: {
      sequence: 8n,
      epoch: 3n,
      operators: [
        {
          id: 5,
          name: 'orders/billing handle',
          kind: OperatorKind.FUNCTION,
          state: OperatorState.PAUSED,
          oldestNano: 2_000_000_000n,
          oldestKey: 'orders/3@1042',
          pauseReason: 'consumer.pause()',
          pending: 0n,
          failures: 3n,
          lastFailure: 'commit refused: REBALANCE_IN_PROGRESS',
          disconnectedNano: 1_000_000n,
          leg: Leg.HANDLE,
          thread: 2,
          oldestForNano: 1_900_000_000n,
          givenUp: true,
          job: 'billing',
        },
      ],
      edges: [{ id: 2, sourceId: 4, targetId: 5, position: Position.NONE }],
      ports: [
        {
          id: 1,
          operatorId: 4,
          direction: PortDirection.IN,
          system: 'redis-stream',
          channel: 'orders',
          position: { major: 1_700_000_000_000n, minor: 1n },
          head: { major: 1_700_000_000_000n, minor: 7n },
          messages: 12n,
          unpositioned: 1n,
        },
      ],
    },
  }),
  'worker-report-extreme': worker({
    case: 'report',
    value: {
      sequence: UINT64_MAX,
      sentUnixNano: INT64_MIN,
      monotonicNano: UINT64_MAX,
      intervalMillis: UINT32_MAX,
      epoch: UINT64_MAX,
      operators: [
        {},
        { id: UINT32_MAX, name: '\u001b[31m', completed: UINT64_MAX, emitted: UINT64_MAX, passedEpoch: UINT64_MAX },
        // A value that this version has no name for: a newer worker may send it.
        { id: 2, state: 99 as OperatorState, kind: UINT32_MAX >>> 1 },
      ],
      edges: [{}, { id: UINT32_MAX, queued: UINT64_MAX, back: true, closed: true, passedEpoch: UINT64_MAX }],
      loop: {},
      drops: {
        reports: UINT64_MAX,
        events: UINT64_MAX,
        operators: UINT64_MAX,
        agentErrors: UINT64_MAX,
        frames: UINT64_MAX,
      },
    },
  }),
  'worker-event-lifecycle': worker({
    case: 'event',
    value: {
      topic: Topic.LIFECYCLE,
      number: 1n,
      atUnixNano: AT_UNIX_NANO,
      payload: { case: 'lifecycle', value: { state: WorkerState.RUNNING } },
    },
  }),
  'worker-event-lifecycle-extreme': worker({
    case: 'event',
    value: {
      topic: Topic.LIFECYCLE,
      number: INT64_MAX,
      atUnixNano: INT64_MIN,
      payload: { case: 'lifecycle', value: { state: WorkerState.FAILED, exitCode: -0x8000_0000, reason: 'é\n' } },
    },
  }),
  'worker-event-lifecycle-drained': worker({
    case: 'event',
    value: {
      topic: Topic.LIFECYCLE,
      number: 2n,
      atUnixNano: AT_UNIX_NANO,
      payload: {
        case: 'lifecycle',
        value: { state: WorkerState.FAILED, exitCode: 13, drained: true, unfinishedOperatorIds: [2, UINT32_MAX] },
      },
    },
  }),
  'worker-event-failure': worker({
    case: 'event',
    value: {
      topic: Topic.FAILURES,
      number: 1n,
      atUnixNano: AT_UNIX_NANO,
      payload: {
        case: 'failure',
        value: {
          name: 'TypeError',
          message: "Cannot read properties of undefined (reading 'id')",
          frames: [{ function: 'enrich', file: '/app/src/enrich.mjs', line: 14, column: 9, origin: FrameOrigin.USER }],
          operatorId: 2,
        },
      },
    },
  }),
  'worker-event-evidence': worker({
    case: 'event',
    value: {
      topic: Topic.EVIDENCE,
      number: 1n,
      atUnixNano: AT_UNIX_NANO,
      payload: {
        case: 'evidence',
        value: {
          requestId: 'r-1',
          trigger: EvidenceTrigger.REQUEST,
          operatorId: 2,
          samples: [
            {
              kind: SampleKind.AWAIT,
              takenUnixNano: AT_UNIX_NANO,
              count: 1,
              frames: [
                { function: 'lookup', file: '/app/src/db.mjs', line: 4, column: 11, origin: FrameOrigin.USER },
                { file: 'node:internal/streams/transform', line: 182, column: 8, origin: FrameOrigin.NODE },
              ],
            },
          ],
          thread: {
            state: 'S',
            cpuShare: 0.25,
            waitChannel: 'ep_poll',
            systemCall: 232,
            observedNano: 50_000_000n,
            spentNano: 9_000_000n,
          },
          resources: ['TCPSocketWrap 127.0.0.1:5432'],
          missing: ['No processor sample was taken, because the event loop was healthy.'],
          operatorLocation: { function: 'enrich', file: '/app/src/enrich.mjs', line: 12, column: 3 },
          callbackOutstanding: true,
        },
      },
    },
  }),
  'worker-event-evidence-drained': worker({
    case: 'event',
    value: {
      topic: Topic.EVIDENCE,
      number: 2n,
      atUnixNano: AT_UNIX_NANO,
      payload: {
        case: 'evidence',
        value: {
          trigger: EvidenceTrigger.LOOP_DRAINED,
          operatorId: 2,
          operatorLocation: { function: 'enrich', file: '/app/src/enrich.mjs', line: 12, column: 3 },
          callbackOutstanding: true,
          promiseOutstanding: true,
        },
      },
    },
  }),
  'worker-event-evidence-holdings': worker({
    case: 'event',
    value: {
      topic: Topic.EVIDENCE,
      number: 3n,
      atUnixNano: AT_UNIX_NANO,
      payload: {
        case: 'evidence',
        value: {
          requestId: 'r-2',
          trigger: EvidenceTrigger.REQUEST,
          operatorId: 2,
          samples: [
            {
              kind: SampleKind.AWAIT,
              takenUnixNano: AT_UNIX_NANO,
              count: 1,
              frames: [
                { function: 'reserve', file: '/app/src/stock.mjs', line: 9, column: 5, origin: FrameOrigin.USER },
              ],
              settled: true,
              own: true,
              deduced: true,
              awaited: { callee: 'stock.acquire', module: 'async-mutex', givenFunctions: true },
              task: 1,
              turningFrame: 1,
              called: true,
            },
          ],
          threadPoolWaitingNano: 1_000_000_000n,
          debuggerPaused: true,
          cpuThread: 2,
          nativeCall: NativeCall.USUAL,
          unreadOutput: 'FileStream',
          caughtErrors: [
            {
              name: 'AxiosError',
              code: 'ERR_BAD_RESPONSE',
              status: 502,
              count: 3,
              watchedNano: 900_000_000n,
              frames: [{ function: 'ask', file: '/app/src/ask.mjs', line: 9, column: 5, origin: FrameOrigin.USER }],
            },
            { count: UINT32_MAX, watchedNano: UINT64_MAX },
          ],
          peerAnswers: [{ peer: '127.0.0.1:8080', answers: 4, refused: 3, refusedStatus: 503 }, {}],
          heldNano: 1_500_000_000n,
          connectionsKnown: true,
          connections: [
            {
              peer: '127.0.0.1:5432',
              tls: true,
              followed: true,
              bytesRead: 4096n,
              bytesWritten: 512n,
              unsentBytes: 12n,
              owedNano: 1_450_000_000n,
              wroteNano: 1_450_000_000n,
              readNano: 1_460_000_000n,
              answers: 300n,
              usualAnswerNano: 12_000_000n,
              requests: 2,
              unreadAnswers: 1,
              openNano: 60_000_000_000n,
            },
            { peer: 'db.internal:5433', followed: true, connectingNano: 900_000_000n, openNano: 900_000_000n },
            { peer: '127.0.0.1:6379', followed: true, failedAttempts: 7, failingNano: 1n, failure: 'ECONNREFUSED' },
            { peer: 'worker thread 2', followed: true, owedNano: 1_450_000_000n, thread: 2 },
            { bytesRead: UINT64_MAX, owedNano: UINT64_MAX, requests: UINT32_MAX },
          ],
          pools: [
            { kind: 'pg-pool', peer: '127.0.0.1:5432', size: 10, inUse: 10, making: 1, owed: 9, waiting: 3 },
            { size: UINT32_MAX, waiting: UINT32_MAX },
          ],
        },
      },
    },
  }),
  'worker-event-evidence-extreme': worker({
    case: 'event',
    value: {
      topic: 77 as Topic,
      number: INT64_MAX,
      payload: {
        case: 'evidence',
        value: {
          samples: [{}, { count: UINT32_MAX, frames: [{}, { line: UINT32_MAX, column: UINT32_MAX }] }],
          thread: { cpuShare: Number.NaN, systemCall: -1, observedNano: UINT64_MAX },
          loopSilentNano: UINT64_MAX,
        },
      },
    },
  }),
  'worker-event-evidence-infinite': worker({
    case: 'event',
    value: { payload: { case: 'evidence', value: { thread: { cpuShare: Number.NEGATIVE_INFINITY } } } },
  }),
  'worker-event-without-payload': worker({ case: 'event', value: { topic: Topic.LIFECYCLE, number: 9n } }),
  'worker-heartbeat': worker({ case: 'heartbeat', value: { sentUnixNano: AT_UNIX_NANO, periodMillis: 5000 } }),
  'worker-heartbeat-leaving': worker({ case: 'heartbeat', value: { sentUnixNano: AT_UNIX_NANO } }),
  'worker-status-answer': worker({
    case: 'statusAnswer',
    value: {
      requestId: 's-1',
      takenUnixNano: AT_UNIX_NANO,
      sections: [
        { name: 'versions', version: 1, body: { node: 'v24.21.0', protocol: 1 } },
        {
          name: 'threads',
          version: 1,
          body: { main: { state: 'R', cpuMs: 1234.5, runningOperator: null }, workers: [{ thread: 2 }] },
        },
      ],
      partial: true,
      missing: ['gc: everything, because the main thread has been blocked for 4012 ms'],
    },
  }),
  'worker-status-answer-error': worker({
    case: 'statusAnswer',
    value: { requestId: 's-2', errorCode: 'SG_AGENT_STATUS_BUSY', errorMessage: 'Ask again later.' },
  }),
  'worker-status-answer-extreme': worker({
    case: 'statusAnswer',
    value: {
      takenUnixNano: INT64_MIN,
      sections: [
        {},
        { version: UINT32_MAX, body: {} },
        { name: '\u202e', body: { '': [[], {}, [[null, true, -1e300, '\u0000']]], constructor: { a: { b: {} } } } },
      ],
    },
  }),
  'worker-heartbeat-tasks': worker({
    case: 'heartbeat',
    value: {
      sentUnixNano: AT_UNIX_NANO,
      periodMillis: 2000,
      tasks: [
        { task: 'order-17', job: 'orders', state: TaskState.RUNNING, sinceUnixNano: AT_UNIX_NANO - 1n },
        { task: 'order-18', state: 77 as TaskState, sinceUnixNano: INT64_MIN },
      ],
      capacity: { slots: 4, free: 2 },
    },
  }),
  'worker-event-task-result': worker({
    case: 'event',
    value: {
      topic: Topic.STATUS,
      number: 3n,
      atUnixNano: AT_UNIX_NANO,
      payload: {
        case: 'taskResult',
        value: {
          task: 'order-17',
          job: 'orders',
          state: TaskState.FAILED,
          transitions: [
            { state: TaskState.RECEIVED, atUnixNano: AT_UNIX_NANO - 3n },
            { state: TaskState.RUNNING, atUnixNano: AT_UNIX_NANO - 2n },
            { state: TaskState.FAILED, atUnixNano: AT_UNIX_NANO },
          ],
          message: 'no such customer',
        },
      },
    },
  }),
  'worker-command-answer': worker({
    case: 'commandAnswer',
    value: {
      requestId: 'c-3',
      outcome: CommandOutcome.DONE,
      message: 'The heap was written.',
      file: '/var/dumps/heap-4242.heapsnapshot',
    },
  }),
  'worker-empty': create(WorkerMessageSchema),
};

/** The same for the other direction. */
export const MONITOR_GOLDEN: Readonly<Record<string, MonitorMessage>> = {
  'monitor-welcome': monitor({
    case: 'welcome',
    value: {
      protocolVersion: 1,
      monitorVersion: '0.1.0',
      settings: { reportIntervalMillis: 1000, markerIntervalMillis: 1000, loopBlockedMillis: 1000 },
      offsets: [
        { topic: Topic.LIFECYCLE, number: 1n },
        { topic: Topic.EVIDENCE, number: 12n },
      ],
      sentUnixNano: AT_UNIX_NANO,
      heartbeatPeriodMillis: 5000,
    },
  }),
  'monitor-welcome-extreme': monitor({
    case: 'welcome',
    value: {
      protocolVersion: UINT32_MAX,
      settings: {},
      offsets: [{}, { topic: -1 as Topic, number: UINT64_MAX }],
      sentUnixNano: INT64_MIN,
      heartbeatPeriodMillis: UINT32_MAX,
    },
  }),
  'monitor-refusal': monitor({
    case: 'refusal',
    value: {
      code: 'SG_MONITOR_PROTOCOL_VERSION',
      message: 'This monitor speaks version 1 of the protocol and the worker speaks 2; update the monitor.',
      retryAfterMillis: 60_000,
    },
  }),
  'monitor-acknowledgement': monitor({
    case: 'acknowledgement',
    value: { offsets: [{ topic: Topic.FAILURES, number: 3n }] },
  }),
  'monitor-sample-request': monitor({
    case: 'sampleRequest',
    value: {
      requestId: 'r-1',
      operatorId: 2,
      kinds: [SampleKind.CPU, SampleKind.AWAIT, 42 as SampleKind],
      durationMillis: 500,
    },
  }),
  'monitor-status-request': monitor({
    case: 'statusRequest',
    value: { requestId: 's-1', sections: ['threads', 'memory'] },
  }),
  'monitor-welcome-provisioned': monitor({
    case: 'welcome',
    value: { protocolVersion: 1, settings: { disabledFeatures: ['await-sample', 'a feature of tomorrow'] } },
  }),
  'monitor-command-exit': monitor({
    case: 'command',
    value: { requestId: 'c-1', action: { case: 'exit', value: {} } },
  }),
  'monitor-command-set-interval': monitor({
    case: 'command',
    value: {
      requestId: 'c-2',
      action: { case: 'setInterval', value: { reportIntervalMillis: 200, markerIntervalMillis: UINT32_MAX } },
    },
  }),
  'monitor-command-heap-dump': monitor({
    case: 'command',
    value: { requestId: 'c-3', action: { case: 'heapDump', value: {} } },
  }),
  'monitor-heartbeat': monitor({ case: 'heartbeat', value: { sentUnixNano: AT_UNIX_NANO, periodMillis: 5000 } }),
  'monitor-empty': create(MonitorMessageSchema),
};

type WorkerBody = NonNullable<MessageInitShape<typeof WorkerMessageSchema>['body']>;
type MonitorBody = NonNullable<MessageInitShape<typeof MonitorMessageSchema>['body']>;

function worker(body: WorkerBody): WorkerMessage {
  return create(WorkerMessageSchema, { body });
}

function monitor(body: MonitorBody): MonitorMessage {
  return create(MonitorMessageSchema, { body });
}
