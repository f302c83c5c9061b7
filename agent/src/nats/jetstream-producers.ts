import { reasonOf } from '../broker/handler-call.ts';
import { ProducerBook } from '../broker/producer-book.ts';
import type { Graph } from '../operator/graph.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { conditionOf, type JetStreamClient, type NatsConnection, type PublishAnswer } from './jetstream-types.ts';

/** Told how a message ended. */
export interface PublishWatch {
  stored(answer: PublishAnswer): void;
  refused(error: unknown): void;
}

/**
 * What a program publishes to JetStream. Subjects may be as many as there are messages, so it is their first word that names a
 * producer; the stream and the position in it are what the broker answers.
 */
export class JetStreamProducers {
  readonly #producers: ProducerBook<NatsConnection>;

  constructor(graph: Graph) {
    this.#producers = new ProducerBook(graph, (connection, operator) => {
      const condition = conditionOf(connection);
      if (condition === 'closed') return 'closed';
      operator.connected(condition === 'connected');
      return 'open';
    });
  }

  publish(
    client: JetStreamClient,
    subject: unknown,
    locate: () => SourceLocation | undefined,
  ): PublishWatch | undefined {
    const name = String(subject).split('.', 1)[0] as string;
    const producer = client.nc && this.#producers.legOf(name, client.nc, locate);
    if (producer === undefined) return undefined;
    const record = producer.sent();
    return {
      stored: ({ stream, seq }) => {
        const position = typeof seq === 'number' ? { major: seq, minor: 0 } : undefined;
        producer.stored(record, { system: 'nats', name: String(stream), partition: '' }, position);
      },
      refused: (error) => producer.refused(record, reasonOf(error)),
    };
  }
}
