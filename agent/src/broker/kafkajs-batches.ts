import type { Graph } from '../operator/graph.ts';
import type { RecordInFlight } from '../operator/record-operator.ts';
import { type KafkaLegs, partitionName } from './kafka-legs.ts';
import type { KafkajsSigns } from './kafkajs-signs.ts';
import type { KafkajsConsumer } from './kafkajs-types.ts';

interface Held {
  readonly offset: number;
  readonly record: RecordInFlight;
}

/** What the handlers of a running consumer hold, as far as its events tell: a batch has come to them, or is done with. */
export class KafkajsBatches {
  readonly #legs: KafkaLegs;
  readonly #signs: KafkajsSigns;
  /** Records of the batch of a partition that is being handled. */
  readonly #held: Map<string, readonly Held[]> = new Map();
  readonly #remove: (() => void)[] = [];

  constructor(graph: Graph, consumer: KafkajsConsumer, legs: KafkaLegs, signs: KafkajsSigns) {
    this.#legs = legs;
    this.#signs = signs;
    const listen = (name: 'START_BATCH_PROCESS' | 'END_BATCH_PROCESS', take: (batch: Batch) => void): void => {
      const remove = consumer.on(consumer.events[name] as string, ({ payload }) => {
        if (graph.stopped) {
          this.end();
          return;
        }
        try {
          take(payload);
        } catch (error) {
          graph.onError(error);
        }
      });
      this.#remove.push(remove);
    };
    listen('START_BATCH_PROCESS', (batch) => this.#begin(batch));
    listen('END_BATCH_PROCESS', ({ topic, partition }) => this.#finish(partitionName(topic, partition)));
  }

  end(): void {
    for (const remove of this.#remove.splice(0)) remove();
  }

  #begin({ topic, partition, batchSize, firstOffset, lastOffset }: Batch): void {
    const name = partitionName(topic, partition);
    const { handler, deliver } = this.#legs;
    // A batch that never ended has failed: what it held comes again.
    for (const { offset, record } of this.#held.get(name) ?? []) handler.failed(name, offset, record);
    const first = Number(firstOffset);
    const last = Number(lastOffset);
    if (!(batchSize > 0) || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return;
    // Offsets between the two may be missing; only the last one has to be right.
    const held = Array.from({ length: batchSize }, (_, index): Held => {
      const offset = index === batchSize - 1 ? last : first + index;
      return { offset, record: handler.begin(name, offset) };
    });
    this.#held.set(name, held);
    deliver.finishUntil(name, last, batchSize);
  }

  #finish(name: string): void {
    for (const { offset, record } of this.#held.get(name) ?? []) {
      if (this.#signs.commits) this.#legs.commit.receive(name, offset);
      this.#legs.handler.operator.finishRecord(record);
    }
    this.#held.delete(name);
  }
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly batchSize: number;
  readonly firstOffset: unknown;
  readonly lastOffset: unknown;
}
