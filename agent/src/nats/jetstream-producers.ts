import { reasonOf } from '../broker/handler-call.ts';
import { ProducerLeg } from '../broker/producer-leg.ts';
import type { Graph } from '../operator/graph.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { conditionOf, type JetStreamClient, type PublishAnswer } from './jetstream-types.ts';

/** Producers of one process at most; further ones are left alone and counted. */
const MAX_PRODUCERS = 256;

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
  readonly #graph: Graph;
  readonly #producers: Map<string, ProducerLeg> = new Map();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  publish(
    client: JetStreamClient,
    subject: unknown,
    locate: () => SourceLocation | undefined,
  ): PublishWatch | undefined {
    const producer = this.#producer(client, String(subject).split('.', 1)[0] as string, locate);
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

  #producer(client: JetStreamClient, name: string, locate: () => SourceLocation | undefined): ProducerLeg | undefined {
    const known = this.#producers.get(name);
    if (known !== undefined && !known.operator.released) return known;
    if (this.#producers.size >= MAX_PRODUCERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const connection = client.nc && new WeakRef(client.nc);
    const producer = ProducerLeg.open(this.#graph, name, locate(), (operator) => {
      const condition = conditionOf(connection?.deref());
      if (condition !== 'closed') operator.connected(condition === 'connected');
      else {
        this.#producers.delete(name);
        operator.end(true);
      }
    });
    if (producer !== undefined) this.#producers.set(name, producer);
    return producer;
  }
}
