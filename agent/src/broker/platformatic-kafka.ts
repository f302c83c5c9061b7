import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import type { Adoption } from '../stream/adoption.ts';
import type { Patches } from '../stream/patch.ts';
import { KafkaProduce, type Sent } from './kafka-produce.ts';
import { PlatformaticConsumers } from './platformatic-consumers.ts';
import type {
  PlatformaticClient,
  PlatformaticCommit,
  PlatformaticOperation,
  PlatformaticReceive,
  PlatformaticSend,
  PlatformaticSendResult,
} from './platformatic-types.ts';

/** Producers of one process at most; further ones are left alone and counted. */
const MAX_PRODUCERS = 256;

/**
 * Follows @platformatic/kafka 2 by the diagnostics channels that it publishes to: nothing of it is changed, and it does not matter how
 * or when it was loaded. A process that does not use it pays for some names in a table.
 */
export function followPlatformaticKafka(patches: Patches, adoption: Adoption): void {
  const { graph } = adoption;
  const consumers = new PlatformaticConsumers(adoption);
  const producers = new PlatformaticProducers(graph);

  const listen = <T>(name: string, take: (message: T) => void): void => {
    const listener = (message: unknown): void => {
      if (graph.stopped) return;
      try {
        take(message as T);
      } catch (error) {
        graph.onError(error);
      }
    };
    subscribe(name, listener);
    patches.undo(() => unsubscribe(name, listener));
  };
  /** An operation that failed before it began to wait is told by its error alone. */
  const trace = (
    name: string,
    begin: (operation: PlatformaticOperation) => void,
    end: (operation: PlatformaticOperation) => void,
  ): void => {
    listen(`tracing:plt:kafka:${name}:start`, begin);
    listen(`tracing:plt:kafka:${name}:error`, end);
    listen(`tracing:plt:kafka:${name}:asyncStart`, (operation: PlatformaticOperation) => {
      if (operation.error === undefined || operation.error === null) end(operation);
    });
  };

  listen('plt:kafka:instances', ({ type, instance }: { readonly type?: unknown; readonly instance?: object }) => {
    if (type === 'messages-stream' && instance !== undefined) consumers.streams(instance);
  });
  trace(
    'producer:sends',
    (operation) => producers.begin(operation),
    (operation) => producers.end(operation),
  );
  trace(
    'consumer:fetches',
    (operation) => consumers.asked(operation),
    (operation) => consumers.answered(operation),
  );
  trace(
    'consumer:commits',
    (operation) => consumers.committing(operation, (operation.options as PlatformaticCommit).offsets),
    (operation) => consumers.committed(operation),
  );
  listen('tracing:plt:kafka:consumer:receives:asyncEnd', (message: PlatformaticReceive) => consumers.received(message));
  listen('plt:kafka:consumer:lag', ({ client, lag }: { client: PlatformaticClient; lag: unknown }) =>
    consumers.lag(client, lag),
  );
}

class PlatformaticProducers {
  readonly #graph: Graph;
  readonly #producers: WeakMap<object, KafkaProduce> = new WeakMap();
  readonly #sent: WeakMap<object, Sent> = new WeakMap();
  #count = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  begin(operation: PlatformaticOperation): void {
    const counts = new Map<string, number>();
    for (const { topic } of (operation.options as PlatformaticSend).messages)
      counts.set(topic, (counts.get(topic) ?? 0) + 1);
    const [topic] = counts.keys();
    if (topic === undefined) return;
    const sent = this.#producer(operation.client, topic)?.send(counts);
    if (sent !== undefined) this.#sent.set(operation, sent);
  }

  end(operation: PlatformaticOperation): void {
    const sent = this.#sent.get(operation);
    if (sent === undefined) return;
    this.#sent.delete(operation);
    if (operation.error !== undefined && operation.error !== null) {
      sent.failed(operation.error);
      return;
    }
    const { offsets = [] } = (operation.result ?? {}) as PlatformaticSendResult;
    sent.stored(
      offsets.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        firstOffset: offset === undefined ? Number.NaN : Number(offset),
      })),
    );
  }

  #producer(client: PlatformaticClient, topic: string): KafkaProduce | undefined {
    const known = this.#producers.get(client);
    if (known !== undefined && !known.operator.released) return known;
    if (this.#count >= MAX_PRODUCERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const weak = new WeakRef(client);
    const look = (operator: ExplicitOperator): void => {
      const alive = weak.deref();
      if (alive !== undefined && alive.closed !== true) return;
      if (!operator.finishing()) this.#count--;
      operator.end(true);
    };
    const made = KafkaProduce.add(this.#graph, topic, look, jobOf(client));
    if (made === undefined) return undefined;
    this.#count++;
    this.#producers.set(client, made);
    return made;
  }
}
