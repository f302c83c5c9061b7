import { reasonOf } from '../broker/handler-call.ts';
import { ProducerLeg } from '../broker/producer-leg.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { type AmqpChannel, channelOf, queueName } from './amqplib-types.ts';
import type { ChannelEnds } from './channel-ends.ts';
import { Giver } from './giver.ts';
import { isInOrder, type PublishOptions, withMark } from './mark.ts';

/** Queues and exchanges that one process gives to at most; further ones are left alone and counted. */
const MAX_PRODUCERS = 256;
/** A program may open and close a channel for every message: the leg outlives a closed one for this long, milliseconds. */
const CLOSED_FOR_MS = 10_000;
/** A broker writes to disk before it confirms; without an answer for this long it counts as away, milliseconds. */
const CONFIRM_WITHIN_MS = 5000;

interface Producer {
  readonly leg: ProducerLeg;
  readonly giver: Giver;
  /** The last channel that has published. Held weakly: one that the program has dropped is not kept by us. */
  channel: WeakRef<AmqpChannel>;
  lastSentMs: number;
  blocked: boolean;
}

/** Told how a message ended. */
export interface PublishWatch {
  /** What is to be published with in place of what the program gave. */
  readonly options: PublishOptions | undefined;
  taken(): void;
  refused(error: unknown): void;
}

/** What a program publishes. Where the broker confirms, a message is in flight until it does; else nobody ever hears of it. */
export class AmqpProducers {
  readonly #graph: Graph;
  readonly #ends: ChannelEnds;
  readonly #producers: Map<string, Producer> = new Map();

  constructor(graph: Graph, ends: ChannelEnds) {
    this.#graph = graph;
    this.#ends = ends;
  }

  publish(
    channel: AmqpChannel,
    [exchange, routingKey, options]: readonly [unknown, unknown, PublishOptions | undefined],
    locate: () => SourceLocation | undefined,
  ): PublishWatch | undefined {
    const target = channelOf(exchange, queueName(routingKey));
    const producer = this.#producerOf(channel, target.name, locate);
    if (producer === undefined) return undefined;
    const { leg, giver } = producer;
    const record = leg.sent();
    const marks = this.#graph.brokerHeaders && isInOrder(exchange, String(routingKey), options);
    const mark = marks ? giver.next(channel, this.#graph.epoch) : undefined;
    const place = mark === undefined ? target : { ...target, partition: mark.giver };
    return {
      options: withMark(options, mark),
      taken: () => leg.stored(record, place, mark?.position),
      refused: (error) => leg.refused(record, reasonOf(error)),
    };
  }

  #producerOf(channel: AmqpChannel, name: string, locate: () => SourceLocation | undefined): Producer | undefined {
    const known = this.#producers.get(name);
    if (known !== undefined) {
      known.lastSentMs = this.#graph.nowMs();
      if (known.channel.deref() !== channel) known.channel = new WeakRef(channel);
      return known;
    }
    if (this.#producers.size >= MAX_PRODUCERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const leg = ProducerLeg.open(this.#graph, name, locate(), (operator) => this.#look(name, operator));
    if (leg === undefined) return undefined;
    const lastSentMs = this.#graph.nowMs();
    const giver = new Giver(this.#ends, (partition) => leg.leave({ system: 'amqp', name, partition }));
    const producer = { leg, giver, channel: new WeakRef(channel), lastSentMs, blocked: false };
    this.#producers.set(name, producer);
    return producer;
  }

  #look(name: string, operator: ExplicitOperator): void {
    const producer = this.#producers.get(name);
    if (producer === undefined) return;
    const nowMs = this.#graph.nowMs();
    const channel = producer.channel.deref();
    const end = channel === undefined ? 'closed' : this.#ends.of(channel);
    if (channel === undefined || end === 'closed') {
      operator.connected(true);
      if (nowMs - producer.lastSentMs < CLOSED_FOR_MS) return;
      this.#producers.delete(name);
      operator.end(true);
      return;
    }
    const oldest = operator.oldest();
    const overdue = oldest !== undefined && nowMs - oldest.sinceMs > CONFIRM_WITHIN_MS;
    operator.connected(end !== 'lost' && !overdue, oldest?.sinceMs);
    const blocked = channel.connection?.blocked === true;
    if (blocked && !producer.blocked) operator.fail('the broker takes nothing: it has blocked the connection');
    producer.blocked = blocked;
  }
}
