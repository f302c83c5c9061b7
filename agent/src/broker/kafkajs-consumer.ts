import type { Graph } from '../operator/graph.ts';
import { type Handled, observeHandler } from './handler-call.ts';
import { KafkaLegs, partitionName } from './kafka-legs.ts';
import { KafkajsSigns } from './kafkajs-signs.ts';
import type { EachBatchPayload, EachMessagePayload, KafkajsConsumer, RunConfig } from './kafkajs-types.ts';

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
  readonly groupId: unknown;
  /** How long the broker may hold back the answer to a fetch. Default of kafkajs: 5000. */
  readonly maxWaitTimeInMs?: number;
}

/**
 * Follows a consumer of kafkajs 2: its own events tell what is fetched, committed and lost, and its handlers are called through
 * a function that counts. What it gives, throws and awaits stays as it was. False: this is no such consumer.
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

  const guard = (task: () => void): void => {
    if (graph.stopped) return;
    try {
      task();
    } catch (error) {
      graph.onError(error);
    }
  };
  const end = (): void => {
    signs?.end();
    legs?.end();
    legs = signs = undefined;
  };

  Object.assign(consumer, {
    run(config?: RunConfig): Promise<void> {
      if (graph.stopped || legs !== undefined || config === null) return run(config);
      let counted = config;
      guard(() => {
        legs = KafkaLegs.add(graph, String(groupId), () => [config?.eachMessage ?? config?.eachBatch ?? run] as never);
        if (legs === undefined || config === undefined) return;
        legs.commit.owed = false;
        legs.fetch.patienceMs = 2 * maxWaitTimeInMs + SLACK_MS;
        signs = new KafkajsSigns(graph, consumer, legs, config.autoCommit !== false);
        counted = countedConfig(graph, legs, signs, config);
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
    failed: (reason) => {
      legs.handler.operator.fail(reason);
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
    failed: (reason) => {
      legs.handler.operator.fail(reason);
      keepRest();
    },
  };
}
