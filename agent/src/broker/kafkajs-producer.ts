import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import { sameOutcome } from '../operator/same-outcome.ts';
import { guardFor } from './guarded.ts';
import { KafkaProduce, type Sent, type StoredAt } from './kafka-produce.ts';
import type { KafkajsProducer, ProducerRecord, RecordMetadata } from './kafkajs-types.ts';

type Answer = Promise<readonly RecordMetadata[]>;

/**
 * Follows what a producer of kafkajs 2 sends. Transactions send through objects of their own and are left alone.
 * False: this is no such producer.
 */
export function watchKafkajsProducer(graph: Graph, producer: KafkajsProducer): boolean {
  if (typeof producer.send !== 'function' || typeof producer.sendBatch !== 'function') return false;
  const { send, sendBatch, disconnect } = producer;
  let produce: KafkaProduce | undefined;

  const guard = guardFor(graph);
  const begin = (topics: readonly ProducerRecord[]): Sent | undefined => {
    produce ??= KafkaProduce.add(graph, topics[0]?.topic ?? '', undefined, jobOf(producer));
    const counts = new Map<string, number>();
    for (const { topic, messages } of topics)
      counts.set(topic, (counts.get(topic) ?? 0) + (Array.isArray(messages) ? messages.length : 0));
    return produce?.send(counts);
  };
  const follow = (topics: readonly ProducerRecord[], answer: Answer): Answer => {
    const sent = guard(() => begin(topics));
    if (sent === undefined) return answer;
    return sameOutcome(
      answer,
      (places) => guard(() => sent.stored(placesOf(places as readonly RecordMetadata[] | undefined))),
      (error) => guard(() => sent.failed(error)),
    );
  };

  Object.assign(producer, {
    send(record: ProducerRecord): Answer {
      return follow([record], send(record));
    },
    sendBatch(batch: { readonly topicMessages?: readonly ProducerRecord[] }): Answer {
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

function placesOf(answer: readonly RecordMetadata[] | undefined): StoredAt[] {
  return (answer ?? []).map(({ topicName, partition, baseOffset }) => ({
    topic: topicName,
    partition,
    firstOffset: baseOffset === undefined ? Number.NaN : Number(baseOffset),
  }));
}
