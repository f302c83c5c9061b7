import type { Graph } from '../operator/graph.ts';
import type { OperatorIdentity } from '../operator/operator.ts';
import { RecordOperator } from '../operator/record-operator.ts';
import type { Channel } from '../thread/messages.ts';
import { ChannelPorts } from './channel-ports.ts';
import { FetchOperator } from './fetch-operator.ts';
import { KafkaHandler } from './kafka-handler.ts';
import { OffsetOperator } from './offset-operator.ts';
import { type Legs, openLegs } from './open-legs.ts';

/** What a person knows a partition by. */
export function partitionName(topic: string, partition: number | ''): string {
  return `${topic}/${partition}`;
}

/** Empty partition: nobody knows which one. */
export function partitionChannel(topic: string, partition: number | ''): Channel {
  return { system: 'kafka', name: topic, partition: String(partition) };
}

/** The four steps of a Kafka consumer, and the places where its partitions come in. */
export class KafkaLegs {
  readonly fetch: FetchOperator;
  readonly deliver: OffsetOperator;
  readonly handler: KafkaHandler;
  readonly commit: OffsetOperator;
  readonly #ports: ChannelPorts;
  readonly #lags: Map<string, number> = new Map();

  private constructor(
    graph: Graph,
    { fetch, deliver, handle, commit }: Legs<FetchOperator, OffsetOperator, RecordOperator, OffsetOperator>,
  ) {
    this.fetch = fetch;
    this.deliver = deliver;
    this.handler = new KafkaHandler(handle);
    this.commit = commit;
    fetch.commit = commit;
    this.#ports = new ChannelPorts(graph, fetch, 'in');
  }

  /** Gives undefined when the board is full. */
  static add(
    graph: Graph,
    group: string,
    functions: () => readonly ((...args: never[]) => unknown)[],
    job: string = '',
  ): KafkaLegs | undefined {
    const added: { legs?: KafkaLegs } = {};
    const repeats = (): number => added.legs?.handler.repeats ?? 0;
    const make = {
      fetch: (identity: OperatorIdentity) => new FetchOperator(identity, graph),
      deliver: (identity: OperatorIdentity) => new OffsetOperator(identity, graph),
      handle: (identity: OperatorIdentity) =>
        new RecordOperator(identity, graph, { functions: functions as never, repeats }),
      commit: (identity: OperatorIdentity) => new OffsetOperator(identity, graph),
    };
    const legs = openLegs(graph, group, undefined, make, job);
    if (legs !== undefined) added.legs = new KafkaLegs(graph, legs);
    return added.legs;
  }

  /** Records of one partition have left the broker. Offsets are those of the last of them and of the newest in the broker. */
  taken(topic: string, partition: number, count: number, lastOffset: number, headOffset: number): void {
    const name = partitionName(topic, partition);
    this.deliver.receive(name, lastOffset, count);
    this.fetch.receive(count);
    this.fetch.finishRecords(count);
    const port = this.#ports.of(partitionChannel(topic, partition));
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
    this.#ports.keepOnly(partitions.map(({ topic, partition }) => partitionChannel(topic, partition)));
    for (const name of [...this.#lags.keys()]) if (!names.has(name)) this.#lags.delete(name);
  }

  connected(connected: boolean): void {
    this.fetch.connected(connected);
    this.commit.connected(connected);
  }

  /** The consumer is gone, with whatever it held. */
  end(): void {
    for (const operator of [this.fetch, this.deliver, this.handler.operator, this.commit]) operator.end(true);
  }
}
