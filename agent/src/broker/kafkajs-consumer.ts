import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import { guardFor } from './guarded.ts';
import { type Handled, observeHandler } from './handler-call.ts';
import { KafkaLegs, partitionName } from './kafka-legs.ts';
import { KafkajsBatches } from './kafkajs-batches.ts';
import { KafkajsSigns } from './kafkajs-signs.ts';
import type {
  EachBatchPayload,
  EachMessagePayload,
  InstrumentationEvent,
  KafkajsConsumer,
  RunConfig,
} from './kafkajs-types.ts';

/** Events that must be there: without them the consumer is another library's, or of a version that is not known. */
const EVENTS = [
  'GROUP_JOIN',
  'START_BATCH_PROCESS',
  'END_BATCH_PROCESS',
  'COMMIT_OFFSETS',
  'FETCH',
  'REQUEST',
  'CRASH',
];

/** What a fetch may take beyond the time that the broker is allowed to wait for records. Milliseconds. */
const SLACK_MS = 2000;

/** What the consumer was made with, as far as it matters here. */
export interface ConsumerOptions {
  /** Undefined: nobody has seen it made. */
  readonly groupId?: unknown;
  /** How long the broker may hold back the answer to a fetch. Default of kafkajs: 5000. */
  readonly maxWaitTimeInMs?: number;
}

/**
 * Follows a consumer of kafkajs 2: its own events tell what is fetched, committed and lost, and its handlers are called through
 * a function that counts. What it gives, throws and awaits stays as it was.
 *
 * Of one that nobody has seen made, the group is only told by its events; of one that runs already, the handlers are out of reach,
 * and what they hold is told by its events, a batch at a time.
 * False: this is no such consumer.
 */
export function watchKafkajsConsumer(
  graph: Graph,
  consumer: KafkajsConsumer,
  { groupId, maxWaitTimeInMs = 5000 }: ConsumerOptions,
): boolean {
  if (typeof consumer.run !== 'function' || EVENTS.some((name) => consumer.events?.[name] === undefined)) return false;
  const { run, stop, disconnect, pause, resume, commitOffsets } = consumer;
  let legs: KafkaLegs | undefined;
  let signs: KafkajsSigns | undefined;
  let batches: KafkajsBatches | undefined;
  let runs = false;

  const guard = guardFor(graph);
  const open = (group: unknown, config: RunConfig | undefined): RunConfig | undefined => {
    const functions = () => [config?.eachMessage ?? config?.eachBatch ?? run] as never;
    legs = KafkaLegs.add(graph, String(group), functions, jobOf(consumer));
    if (legs === undefined) return config;
    legs.commit.owed = false;
    legs.fetch.patienceMs = 2 * maxWaitTimeInMs + SLACK_MS;
    signs = new KafkajsSigns(graph, consumer, legs, config !== undefined && config.autoCommit !== false);
    if (config !== undefined) return countedConfig(graph, legs, signs, config);
    batches = new KafkajsBatches(graph, consumer, legs, signs);
    return undefined;
  };
  /** The handlers are called before the group is told; the calls find what is there by then. */
  const openLater = (config: RunConfig): RunConfig => {
    let counted: RunConfig | undefined;
    onceTold(consumer, ['GROUP_JOIN'], ({ groupId: group, memberAssignment }) =>
      guard(() => {
        counted = open(group, config);
        signs?.joined(memberAssignment);
      }),
    );
    const { eachMessage, eachBatch } = config;
    return {
      ...config,
      ...(typeof eachMessage === 'function' && {
        eachMessage: (payload: EachMessagePayload) => (counted?.eachMessage ?? eachMessage)(payload),
      }),
      ...(typeof eachBatch === 'function' && {
        eachBatch: (payload: EachBatchPayload) => (counted?.eachBatch ?? eachBatch)(payload),
      }),
    };
  };
  const end = (): void => {
    runs = false;
    batches?.end();
    signs?.end();
    legs?.end();
    legs = signs = batches = undefined;
  };

  if (groupId === undefined)
    onceTold(consumer, ['HEARTBEAT', 'COMMIT_OFFSETS', 'GROUP_JOIN'], ({ groupId: group }) =>
      guard(() => {
        if (!runs) open(group, undefined);
        runs = true;
      }),
    );

  Object.assign(consumer, {
    run(config?: RunConfig): Promise<void> {
      if (graph.stopped || runs || typeof config !== 'object' || config === null) return run(config);
      let counted: RunConfig | undefined = config;
      guard(() => {
        runs = true;
        counted = groupId === undefined ? openLater(config) : open(groupId, config);
      });
      return run(counted);
    },
    async stop(): Promise<void> {
      await stop();
      guard(end);
    },
    async disconnect(): Promise<void> {
      await disconnect();
      guard(end);
    },
    commitOffsets(offsets: unknown): Promise<void> {
      guard(() => signs?.committing());
      return commitOffsets(offsets);
    },
    pause(partitions: unknown): void {
      pause(partitions);
      guard(() => signs?.lookAtPause());
    },
    resume(partitions: unknown): void {
      resume(partitions);
      guard(() => signs?.lookAtPause());
    },
  });
  return true;
}

/** Calls once with what the first of these events tells. */
function onceTold(
  consumer: KafkajsConsumer,
  names: readonly string[],
  take: (payload: InstrumentationEvent['payload']) => void,
): void {
  const remove = names.flatMap((name) => {
    const event = consumer.events[name];
    if (event === undefined) return [];
    return [
      consumer.on(event, ({ payload }) => {
        for (const one of remove.splice(0)) one();
        take(payload);
      }),
    ];
  });
}

function countedConfig(graph: Graph, legs: KafkaLegs, signs: KafkajsSigns, config: RunConfig): RunConfig {
  const { eachMessage, eachBatch } = config;
  return {
    ...config,
    ...(typeof eachMessage === 'function' && {
      eachMessage: observeHandler(graph, legs.handler.operator, eachMessage, (payload) =>
        beginMessage(legs, signs, payload),
      ),
    }),
    ...(typeof eachBatch === 'function' && {
      eachBatch: observeHandler(graph, legs.handler.operator, eachBatch, (payload) =>
        beginBatch(legs, signs, payload, config.eachBatchAutoResolve !== false),
      ),
    }),
  };
}

function beginMessage(
  legs: KafkaLegs,
  signs: KafkajsSigns,
  { topic, partition, message }: EachMessagePayload,
): Handled {
  const name = partitionName(topic, partition);
  const offset = Number(message.offset);
  const record = legs.handler.begin(name, offset);
  legs.deliver.finishUntil(name, offset);
  return {
    succeeded: () => {
      if (signs.commits) legs.commit.receive(name, offset);
      legs.handler.operator.finishRecord(record);
    },
    failed: (reason, error) => {
      legs.handler.threw(reason, error);
      legs.handler.failed(name, offset, record);
    },
  };
}

function beginBatch(legs: KafkaLegs, signs: KafkajsSigns, payload: EachBatchPayload, autoResolve: boolean): Handled {
  const { topic, partition, messages } = payload.batch;
  const name = partitionName(topic, partition);
  const records = messages.map(({ offset }) => {
    const position = Number(offset);
    return { offset: position, record: legs.handler.begin(name, position) };
  });
  const last = records.at(-1)?.offset;
  if (last !== undefined) legs.deliver.finishUntil(name, last, records.length);
  let resolved = 0;
  const resolve = (upTo: number): void => {
    for (let next = records[resolved]; next !== undefined && next.offset <= upTo; next = records[++resolved]) {
      if (signs.commits) legs.commit.receive(name, next.offset);
      legs.handler.operator.finishRecord(next.record);
    }
  };
  const { resolveOffset } = payload;
  payload.resolveOffset = (offset) => {
    resolveOffset(offset);
    if (!legs.handler.operator.graph.stopped) resolve(Number(offset));
  };
  const keepRest = (): void => {
    for (const { offset, record } of records.slice(resolved)) legs.handler.failed(name, offset, record);
  };
  return {
    // What the user leaves unresolved on purpose is fetched again.
    succeeded: () => (autoResolve ? resolve(Number.POSITIVE_INFINITY) : keepRest()),
    failed: (reason, error) => {
      legs.handler.threw(reason, error);
      keepRest();
    },
  };
}
