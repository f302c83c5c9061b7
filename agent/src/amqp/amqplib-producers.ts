import { reasonOf } from '../broker/handler-call.ts';
import { ProducerBook } from '../broker/producer-book.ts';
import type { ProducerLeg } from '../broker/producer-leg.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { type AmqpChannel, channelOf, queueName } from './amqplib-types.ts';
import type { ChannelEnds } from './channel-ends.ts';
import { Giver } from './giver.ts';
import { isInOrder, type PublishOptions, withMark } from './mark.ts';

/** A broker writes to disk before it confirms; without an answer for this long it counts as away, milliseconds. */
const CONFIRM_WITHIN_MS = 5000;

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
  readonly #producers: ProducerBook<AmqpChannel>;
  readonly #givers: WeakMap<ProducerLeg, Giver> = new WeakMap();
  /** Legs whose broker takes nothing now. */
  readonly #blocked: WeakSet<ProducerLeg> = new WeakSet();

  constructor(graph: Graph, ends: ChannelEnds) {
    this.#graph = graph;
    this.#ends = ends;
    this.#producers = new ProducerBook(graph, (channel, operator, leg) => this.#look(channel, operator, leg));
  }

  publish(
    channel: AmqpChannel,
    [exchange, routingKey, options]: readonly [unknown, unknown, PublishOptions | undefined],
    locate: () => SourceLocation | undefined,
  ): PublishWatch | undefined {
    const target = channelOf(exchange, queueName(routingKey));
    const leg = this.#producers.legOf(target.name, channel, locate);
    if (leg === undefined) return undefined;
    const record = leg.sent();
    const marks = this.#graph.brokerHeaders && isInOrder(exchange, String(routingKey), options);
    const mark = marks ? this.#giverOf(leg, target.name).next(channel, this.#graph.epoch) : undefined;
    const place = mark === undefined ? target : { ...target, partition: mark.giver };
    return {
      options: withMark(options, mark),
      taken: () => leg.stored(record, place, mark?.position),
      refused: (error) => leg.refused(record, reasonOf(error)),
    };
  }

  #giverOf(leg: ProducerLeg, name: string): Giver {
    let giver = this.#givers.get(leg);
    if (giver === undefined) {
      giver = new Giver(this.#ends, (partition) => leg.leave({ system: 'amqp', name, partition }));
      this.#givers.set(leg, giver);
    }
    return giver;
  }

  #look(channel: AmqpChannel, operator: ExplicitOperator, leg: ProducerLeg): 'open' | 'closed' {
    const end = this.#ends.of(channel);
    if (end === 'closed') return 'closed';
    const oldest = operator.oldest();
    const overdue = oldest !== undefined && this.#graph.nowMs() - oldest.sinceMs > CONFIRM_WITHIN_MS;
    operator.connected(end !== 'lost' && !overdue, oldest?.sinceMs);
    const blocked = channel.connection?.blocked === true;
    if (!blocked) this.#blocked.delete(leg);
    else if (!this.#blocked.has(leg)) {
      this.#blocked.add(leg);
      operator.fail('the broker takes nothing: it has blocked the connection');
    }
    return 'open';
  }
}
