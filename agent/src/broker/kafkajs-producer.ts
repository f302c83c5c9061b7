import type { Graph } from '../operator/graph.ts';
import type { Port } from '../operator/port.ts';
import { type RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import { reasonOf } from './handler-call.ts';
import { joinCaller } from './handler-context.ts';
import { isConnectionError } from './kafka-errors.ts';
import { partitionName } from './kafka-legs.ts';
import type { KafkajsProducer, ProducerRecord, RecordMetadata } from './kafkajs-types.ts';

const { then } = Promise.prototype;

type Sent = Promise<readonly RecordMetadata[]>;

/**
 * Follows a producer of kafkajs 2: what it sends is in flight until the broker has answered, and the answer says at which offsets
 * it now lies. Transactions send through objects of their own and are left alone.
 * False: this is no such producer.
 */
export function watchKafkajsProducer(graph: Graph, producer: KafkajsProducer): boolean {
  if (typeof producer.send !== 'function' || typeof producer.sendBatch !== 'function') return false;
  const { send, sendBatch, disconnect } = producer;
  let produce: Produce | undefined;

  const follow = (topics: readonly ProducerRecord[], sent: Sent): Sent => {
    if (graph.stopped) return sent;
    try {
      produce ??= Produce.add(graph, topics[0]?.topic ?? '');
      return produce?.follow(topics, sent) ?? sent;
    } catch (error) {
      graph.onError(error);
      return sent;
    }
  };

  Object.assign(producer, {
    send(record: ProducerRecord): Sent {
      return follow([record], send(record));
    },
    sendBatch(batch: { readonly topicMessages?: readonly ProducerRecord[] }): Sent {
      return follow(batch?.topicMessages ?? [], sendBatch(batch));
    },
    async disconnect(): Promise<void> {
      await disconnect();
      produce?.operator.end();
      produce = undefined;
    },
  });
  return true;
}

class Produce {
  readonly operator: RecordOperator;
  readonly #graph: Graph;
  readonly #ports: Map<string, Port> = new Map();

  constructor(graph: Graph, operator: RecordOperator) {
    this.#graph = graph;
    this.operator = operator;
  }

  static add(graph: Graph, topic: string): Produce | undefined {
    const operator = graph.add(
      { name: `${topic} produce`, kind: 'sink', unit: 'records', location: undefined, leg: 'produce' },
      (identity) => new RecordOperator(identity, graph),
    );
    return operator === undefined ? undefined : new Produce(graph, operator);
  }

  follow(topics: readonly ProducerRecord[], sent: Sent): Sent {
    const { operator } = this;
    joinCaller(this.#graph, operator);
    const records: RecordInFlight[] = [];
    const counts = new Map<string, number>();
    for (const { topic, messages } of topics) {
      const count = Array.isArray(messages) ? messages.length : 0;
      counts.set(topic, (counts.get(topic) ?? 0) + count);
      for (let index = 0; index < count; index++) records.push(operator.receive(topic));
    }
    const finish = (): void => {
      for (const record of records) operator.finishRecord(record);
    };
    // To look at a promise is to handle its rejection, of which nobody would then hear: the user gets one that follows it.
    return then.call(
      sent,
      (answer) => {
        this.#guard(() => {
          operator.connected(true);
          this.#moved(counts, answer as readonly RecordMetadata[]);
          finish();
        });
        return answer;
      },
      (error) => {
        this.#guard(() => {
          operator.fail(reasonOf(error));
          if (isConnectionError(error)) operator.connected(false);
          finish();
        });
        throw error;
      },
    ) as Sent;
  }

  /** The answer names the first offset of each partition, and not how many lie behind it. */
  #moved(counts: ReadonlyMap<string, number>, answer: readonly RecordMetadata[] | undefined): void {
    const partitions = new Map<string, number>();
    for (const { topicName } of answer ?? []) partitions.set(topicName, (partitions.get(topicName) ?? 0) + 1);
    for (const { topicName, partition, baseOffset } of answer ?? []) {
      const offset = baseOffset === undefined ? Number.NaN : Number(baseOffset);
      const count = counts.get(topicName) ?? 0;
      // Of several partitions only the first offset is sure to be theirs.
      const alone = partitions.get(topicName) === 1;
      const last = alone ? offset + count - 1 : offset;
      this.#port(topicName, partition)?.move(
        last >= 0 ? { major: last, minor: 0 } : undefined,
        alone ? count : Math.max(1, Math.round(count / (partitions.get(topicName) as number))),
      );
    }
    // Sent without waiting for an answer: nobody knows where it lies.
    for (const [topic, count] of counts) {
      if (!partitions.has(topic) && count > 0) this.#port(topic, '')?.move(undefined, count);
    }
  }

  #port(topic: string, partition: number | ''): Port | undefined {
    const name = partitionName(topic, partition);
    const known = this.#ports.get(name);
    if (known !== undefined) return known;
    const channel = { system: 'kafka', name: topic, partition: String(partition) };
    const port = this.#graph.ports.open(this.operator, 'out', channel);
    if (port !== undefined) this.#ports.set(name, port);
    return port;
  }

  #guard(task: () => void): void {
    if (this.#graph.stopped) return;
    try {
      task();
    } catch (error) {
      this.#graph.onError(error);
    }
  }
}
