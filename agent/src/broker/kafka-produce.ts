import type { ExplicitOptions } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { RecordOperator } from '../operator/record-operator.ts';
import { ChannelPorts } from './channel-ports.ts';
import { reasonOf } from './handler-call.ts';
import { joinCaller } from './handler-context.ts';
import { isConnectionError } from './kafka-errors.ts';
import { partitionChannel } from './kafka-legs.ts';
import { openProduce } from './producer-leg.ts';

/** Where the broker says that the first message for a partition now lies. */
export interface StoredAt {
  readonly topic: string;
  readonly partition: number;
  /** Not a number: it was not told. */
  readonly firstOffset: number;
}

/** Messages that were sent together and are not answered yet. */
export interface Sent {
  stored(answer: readonly StoredAt[]): void;
  /** Whoever sent them knows. */
  failed(error: unknown): void;
}

/** What gives messages to topics of Kafka: in flight until the broker has answered, and the answer says at which offsets they lie. */
export class KafkaProduce {
  readonly operator: RecordOperator;
  readonly #graph: Graph;
  readonly #ports: ChannelPorts;

  private constructor(graph: Graph, operator: RecordOperator) {
    this.#graph = graph;
    this.operator = operator;
    this.#ports = new ChannelPorts(graph, operator, 'out');
  }

  /** Gives undefined when the board is full. */
  static add(graph: Graph, topic: string, look?: ExplicitOptions['look'], job: string = ''): KafkaProduce | undefined {
    const operator = openProduce(graph, topic, undefined, look, job);
    return operator === undefined ? undefined : new KafkaProduce(graph, operator);
  }

  /** So many messages of each topic are being sent. What a handler sends comes from that handler. */
  send(counts: ReadonlyMap<string, number>): Sent {
    const { operator } = this;
    joinCaller(this.#graph, operator);
    const records = [...counts].flatMap(([topic, count]) =>
      Array.from({ length: count }, () => operator.receive(topic)),
    );
    const finish = (): void => {
      for (const record of records) operator.finishRecord(record);
    };
    return {
      stored: (answer) => {
        operator.connected(true);
        this.#moved(counts, answer);
        finish();
      },
      failed: (error) => {
        operator.fail(reasonOf(error));
        if (isConnectionError(error)) operator.connected(false);
        finish();
      },
    };
  }

  /** The answer names the first offset of each partition, and not how many lie behind it. */
  #moved(counts: ReadonlyMap<string, number>, answer: readonly StoredAt[]): void {
    const partitions = new Map<string, number>();
    for (const { topic } of answer) partitions.set(topic, (partitions.get(topic) ?? 0) + 1);
    for (const { topic, partition, firstOffset } of answer) {
      const count = counts.get(topic) ?? 0;
      // Of several partitions only the first offset is sure to be theirs.
      const alone = partitions.get(topic) === 1;
      const last = alone ? firstOffset + count - 1 : firstOffset;
      this.#ports
        .of(partitionChannel(topic, partition))
        ?.move(
          last >= 0 ? { major: last, minor: 0 } : undefined,
          alone ? count : Math.max(1, Math.round(count / (partitions.get(topic) as number))),
        );
    }
    // Sent without waiting for an answer: nobody knows where it lies.
    for (const [topic, count] of counts) {
      if (!partitions.has(topic) && count > 0) this.#ports.of(partitionChannel(topic, ''))?.move(undefined, count);
    }
  }
}
