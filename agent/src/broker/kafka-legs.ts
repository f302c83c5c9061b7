import type { Graph } from '../operator/graph.ts';
import type { Port } from '../operator/port.ts';
import { FetchOperator } from './fetch-operator.ts';
import { KafkaHandler } from './kafka-handler.ts';
import { OffsetOperator } from './offset-operator.ts';

const always = (): boolean => true;

/** What a person knows a partition by. */
export function partitionName(topic: string, partition: number | ''): string {
  return `${topic}/${partition}`;
}

/** The four steps of a Kafka consumer, and the places where its partitions come in. */
export class KafkaLegs {
  readonly fetch: FetchOperator;
  readonly deliver: OffsetOperator;
  readonly handler: KafkaHandler;
  readonly commit: OffsetOperator;
  readonly #graph: Graph;
  readonly #ports: Map<string, Port> = new Map();
  readonly #lags: Map<string, number> = new Map();

  constructor(
    graph: Graph,
    fetch: FetchOperator,
    deliver: OffsetOperator,
    handler: KafkaHandler,
    commit: OffsetOperator,
  ) {
    this.#graph = graph;
    this.fetch = fetch;
    this.deliver = deliver;
    this.handler = handler;
    this.commit = commit;
  }

  /** Gives undefined when the board is full. */
  static add(
    graph: Graph,
    group: string,
    functions: () => readonly ((...args: never[]) => unknown)[],
  ): KafkaLegs | undefined {
    const leg = { unit: 'records', location: undefined } as const;
    const fetch = graph.add(
      { ...leg, name: `${group} fetch`, kind: 'source', leg: 'fetch' },
      (identity) => new FetchOperator(identity, graph),
    );
    const deliver = graph.add(
      { ...leg, name: `${group} deliver`, kind: 'transform', leg: 'deliver' },
      (identity) => new OffsetOperator(identity, graph),
    );
    const handler = KafkaHandler.add(graph, `${group} handle`, functions);
    const commit = graph.add(
      { ...leg, name: `${group} commit`, kind: 'sink', leg: 'commit' },
      (identity) => new OffsetOperator(identity, graph),
    );
    if (fetch === undefined || deliver === undefined || handler === undefined || commit === undefined) {
      for (const operator of [fetch, deliver, handler?.operator, commit]) operator?.end(true);
      return undefined;
    }
    graph.connect(fetch, deliver, 'manual', 0, [], always);
    graph.connect(deliver, handler.operator, 'manual', 0, [], always);
    graph.connect(handler.operator, commit, 'manual', 0, [], always);
    fetch.commit = commit;
    return new KafkaLegs(graph, fetch, deliver, handler, commit);
  }

  /** Records of one partition have left the broker. Offsets are those of the last of them and of the newest in the broker. */
  taken(topic: string, partition: number, count: number, lastOffset: number, headOffset: number): void {
    const name = partitionName(topic, partition);
    this.deliver.receive(name, lastOffset, count);
    this.fetch.receive(count);
    this.fetch.finishRecords(count);
    const port = this.#port(topic, partition);
    port?.seeHead({ major: headOffset, minor: 0 });
    port?.move({ major: lastOffset, minor: 0 }, count);
    this.#lags.set(name, Math.max(0, headOffset - lastOffset));
    let lag = 0;
    for (const one of this.#lags.values()) lag += one;
    this.fetch.condition.pending = lag;
  }

  /** These partitions are its own now, and no others. */
  assign(partitions: readonly { readonly topic: string; readonly partition: number }[]): void {
    const names = new Set(partitions.map(({ topic, partition }) => partitionName(topic, partition)));
    this.deliver.keepOnly(names);
    this.handler.keepOnly(names);
    this.commit.keepOnly(names);
    for (const [name, port] of this.#ports) {
      if (names.has(name)) continue;
      port.close();
      this.#ports.delete(name);
    }
    for (const name of [...this.#lags.keys()]) if (!names.has(name)) this.#lags.delete(name);
    for (const { topic, partition } of partitions) this.#port(topic, partition);
  }

  connected(connected: boolean): void {
    this.fetch.connected(connected);
    this.commit.connected(connected);
  }

  /** The consumer is gone, with whatever it held. */
  end(): void {
    for (const operator of [this.fetch, this.deliver, this.handler.operator, this.commit]) operator.end(true);
  }

  #port(topic: string, partition: number): Port | undefined {
    const name = partitionName(topic, partition);
    const known = this.#ports.get(name);
    if (known !== undefined) return known;
    const port = this.#graph.ports.open(this.fetch, 'in', {
      system: 'kafka',
      name: topic,
      partition: String(partition),
    });
    if (port !== undefined) this.#ports.set(name, port);
    return port;
  }
}
