import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import { type RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import type { Adoption } from '../stream/adoption.ts';
import { hasReadableSide } from '../stream/internals.ts';
import { ChannelPorts } from './channel-ports.ts';
import { reasonOf } from './handler-call.ts';
import { isConnectionError } from './kafka-errors.ts';
import { partitionChannel, partitionName } from './kafka-legs.ts';
import { FetchStreamOperator } from './platformatic-stream.ts';
import type {
  PlatformaticClient,
  PlatformaticCommit,
  PlatformaticOperation,
  PlatformaticReceive,
} from './platformatic-types.ts';

/** Consumers of one process at most; further ones are left alone and counted. */
const MAX_CONSUMERS = 256;
/** Commits that were refused and are remembered. */
const MAX_REFUSED = 1000;

interface Consumer {
  readonly name: string;
  stream: WeakRef<object> | undefined;
  fetch: FetchStreamOperator | undefined;
  ports: ChannelPorts | undefined;
  commit: RecordOperator | undefined;
  /** Commits that were refused: they are still to be done, until one succeeds. */
  readonly refused: RecordInFlight[];
}

/** Consumers of @platformatic/kafka: the stream of messages is the fetch leg, what they commit is the commit leg. */
export class PlatformaticConsumers {
  readonly #adoption: Adoption;
  readonly #graph: Graph;
  readonly #consumers: WeakMap<object, Consumer> = new WeakMap();
  readonly #committing: WeakMap<object, readonly RecordInFlight[]> = new WeakMap();
  #count = 0;

  constructor(adoption: Adoption) {
    this.#adoption = adoption;
    this.#graph = adoption.graph;
  }

  /** A stream of messages has been made. Of several streams of one consumer the first is its fetch leg. */
  streams(stream: object): void {
    const { consumer: client } = stream as { readonly consumer?: PlatformaticClient };
    if (client === undefined || !hasReadableSide(stream)) return;
    const consumer = this.#consumerOf(client);
    const before = consumer?.stream?.deref();
    if (consumer === undefined || (before !== undefined && !(before as { destroyed?: boolean }).destroyed)) return;
    consumer.stream = new WeakRef(stream);
    consumer.fetch = undefined;
    consumer.ports = undefined;
    this.#adoption.give(stream, () => {
      const job = jobOf(stream) || jobOf(client);
      consumer.fetch ??= this.#graph.add(
        { name: `${consumer.name} fetch`, kind: 'source', unit: 'records', location: undefined, leg: 'fetch', job },
        (identity) => new FetchStreamOperator(identity, this.#graph, stream),
      );
      return consumer.fetch;
    });
  }

  asked({ client, options }: PlatformaticOperation): void {
    this.#consumers.get(client)?.fetch?.asked((options as { readonly maxWaitTime?: unknown } | undefined)?.maxWaitTime);
  }

  answered({ client, error }: PlatformaticOperation): void {
    const fetch = this.#consumers.get(client)?.fetch;
    if (error === undefined || error === null) fetch?.answered();
    else fetch?.failed(reasonOf(error), isConnectionError(error));
  }

  /** A message has been put into its stream. */
  received({ stream, result }: PlatformaticReceive): void {
    const { consumer: client } = stream as { readonly consumer?: PlatformaticClient };
    const consumer = client && this.#consumers.get(client);
    if (consumer?.fetch === undefined || consumer.stream?.deref() !== stream || result === undefined) return;
    const offset = typeof result.offset === 'bigint' ? Number(result.offset) : Number.NaN;
    consumer.ports ??= new ChannelPorts(this.#graph, consumer.fetch, 'in');
    const channel = partitionChannel(String(result.topic), Number(result.partition));
    consumer.ports.of(channel)?.move({ major: offset, minor: 0 });
  }

  /** The client has asked the broker how much there is beyond what it has taken; -1 for what is not its own. */
  lag(client: PlatformaticClient, lag: unknown): void {
    const fetch = this.#consumers.get(client)?.fetch;
    if (fetch === undefined || !(lag instanceof Map)) return;
    let pending = 0;
    for (const partitions of lag.values())
      if (Array.isArray(partitions)) for (const one of partitions) pending += Math.max(0, Number(one));
    fetch.lags(pending);
  }

  committing(operation: PlatformaticOperation, offsets: PlatformaticCommit['offsets']): void {
    const consumer = this.#consumerOf(operation.client);
    if (consumer === undefined) return;
    consumer.commit ??= this.#commitLeg(consumer, operation.client);
    const { commit } = consumer;
    if (commit === undefined) return;
    const records = offsets.map(({ topic, partition, offset }) =>
      commit.receive(`${partitionName(topic, partition)}@${offset}`),
    );
    this.#committing.set(operation, records);
  }

  committed(operation: PlatformaticOperation): void {
    const consumer = this.#consumers.get(operation.client);
    const records = this.#committing.get(operation);
    if (consumer?.commit === undefined || records === undefined) return;
    this.#committing.delete(operation);
    const { commit, refused } = consumer;
    if (operation.error === undefined || operation.error === null) {
      commit.connected(true);
      // An offset that is accepted stands for those before it, also of what was refused.
      for (const record of [...refused.splice(0), ...records]) commit.finishRecord(record);
      return;
    }
    commit.fail(reasonOf(operation.error));
    if (isConnectionError(operation.error)) commit.connected(false);
    refused.push(...records);
    while (refused.length > MAX_REFUSED) commit.finishRecord(refused.shift() as RecordInFlight);
  }

  #commitLeg({ name }: Consumer, client: PlatformaticClient): RecordOperator | undefined {
    const weak = new WeakRef(client);
    const job = jobOf(client);
    return this.#graph.add(
      { name: `${name} commit`, kind: 'sink', unit: 'records', location: undefined, leg: 'commit', job },
      (identity) =>
        new RecordOperator(identity, this.#graph, {
          look: (operator) => {
            const alive = weak.deref();
            if (alive === undefined || alive.closed === true) operator.end(true);
          },
        }),
    );
  }

  #consumerOf(client: PlatformaticClient): Consumer | undefined {
    const known = this.#consumers.get(client);
    if (known !== undefined) return known;
    if (this.#count >= MAX_CONSUMERS) {
      this.#graph.countDropped();
      return undefined;
    }
    this.#count++;
    const consumer: Consumer = {
      name: String(client.groupId),
      stream: undefined,
      fetch: undefined,
      ports: undefined,
      commit: undefined,
      refused: [],
    };
    this.#consumers.set(client, consumer);
    return consumer;
  }
}
