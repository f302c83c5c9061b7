import type { ConsumerLegs } from '../broker/consumer-legs.ts';
import { reasonOf } from '../broker/handler-call.ts';
import { type NamedConsumer, NamedConsumers } from '../broker/named-consumers.ts';
import type { FollowedSocket } from '../connection/connection-book.ts';
import { type PeerHistory, TRAFFIC } from '../connection/traffic.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import type { RecordInFlight } from '../operator/record-operator.ts';
import type { Channel, SourceLocation } from '../thread/messages.ts';
import { type AmqpChannel, type AmqpMessage, channelOf, queueName, type Verdict } from './amqplib-types.ts';
import type { ChannelEnds } from './channel-ends.ts';
import { type Mark, readMark } from './mark.ts';

/** Givers of one queue whose counts are followed at once, and without anything from one for how long it makes room, milliseconds. */
const MAX_GIVERS = 32;
const FORGET_GIVER_MS = 60_000;
/** Messages of one channel that are followed until they are acknowledged; further ones are counted and nothing else. */
const MAX_OPEN = 10_000;

/** What is said when a program takes from a queue. */
export interface Subscription {
  readonly queue: unknown;
  readonly handler: ((...args: never[]) => unknown) | undefined;
  readonly locate: () => SourceLocation | undefined;
}

/** Everybody in this process who takes from one queue. */
interface Consumer extends NamedConsumer {
  /** Who gives to the queue, and when the last marked message of each has come. */
  readonly givers: Map<string, number>;
  /** Subscriptions that are open. */
  open: number;
  /** The last one of them was taken away, by whatever is no decision of this program. */
  lost: Loss | undefined;
}

/** How a subscription was lost. */
interface Loss {
  /** The broker has taken it away, and the connection stays. */
  readonly byBroker: boolean;
  /** Who was at the other end of a connection that is gone, and how often it had answered by then. */
  readonly peer: PeerHistory | undefined;
  readonly answers: number;
}

/** A message until the program has said what becomes of it. */
interface Taken {
  readonly consumer: Consumer;
  readonly key: string;
}

interface Taking {
  /** Tags of deliveries are counted by the channel, and numbers of channels come again: this one does not. */
  readonly number: number;
  readonly subscriptions: Map<string, Consumer>;
  /** By delivery tag, which rises. */
  readonly taken: Map<number, Taken>;
}

/**
 * Consumers of amqplib, all those of a queue as one. The broker pushes; a message is with the handler from when it has come until the
 * program acknowledges it, sends it back or gives it up, and what has no answer is committed when it is written.
 */
export class AmqpConsumers {
  readonly #graph: Graph;
  readonly #ends: ChannelEnds;
  readonly #consumers: NamedConsumers<Consumer>;
  readonly #channels: WeakMap<AmqpChannel, Taking> = new WeakMap();
  readonly #messages: WeakMap<AmqpMessage, Taken> = new WeakMap();
  #numbers = 0;

  constructor(graph: Graph, ends: ChannelEnds) {
    this.#graph = graph;
    this.#ends = ends;
    this.#consumers = new NamedConsumers(graph, (consumer, fetch) => this.#look(consumer, fetch));
  }

  /** The program takes from a queue from now on. */
  subscribe(channel: AmqpChannel, tag: string, { queue, handler, locate }: Subscription): void {
    const { subscriptions } = this.#takingOf(channel);
    if (subscriptions.has(tag) || this.#ends.of(channel) !== undefined) return;
    const name = queueName(queue);
    const consumer = this.#consumers.of({ name, job: jobOf(channel), locate }, (legs) => {
      return { name, legs, handler: undefined, givers: new Map(), open: 0, lost: undefined };
    });
    if (consumer === undefined) return;
    subscriptions.set(tag, consumer);
    if (handler !== undefined) consumer.handler = new WeakRef(handler as never);
    consumer.open++;
    consumer.lost = undefined;
  }

  /** A subscription is over. */
  unsubscribe(channel: AmqpChannel, tag: string, by: 'the program' | 'the broker'): void {
    const consumer = this.#channels.get(channel)?.subscriptions.get(tag);
    if (consumer === undefined) return;
    this.#channels.get(channel)?.subscriptions.delete(tag);
    consumer.open--;
    if (by === 'the program') return;
    consumer.lost = { byBroker: false, peer: undefined, answers: 0 };
    consumer.legs.fetch.fail('the broker has cancelled the consumer');
  }

  /** A message has come. Gives the leg that the handler runs in. */
  take(channel: AmqpChannel, tag: string, message: AmqpMessage): ConsumerLegs | undefined {
    const taking = this.#channels.get(channel);
    const consumer = taking?.subscriptions.get(tag);
    if (taking === undefined || consumer === undefined) return undefined;
    const { deliveryTag } = message.fields;
    if (taking.taken.size >= MAX_OPEN) {
      this.#graph.countDropped();
      return undefined;
    }
    const taken = { consumer, key: `${consumer.name}#${taking.number}@${deliveryTag}` };
    taking.taken.set(deliveryTag, taken);
    this.#messages.set(message, taken);
    const mark = this.#markOf(consumer, message);
    const fetched = [{ key: taken.key, position: mark?.position }];
    consumer.legs.fetched(placeOf(message, mark), fetched);
    consumer.legs.delivered(fetched);
    return consumer.legs;
  }

  /** The handler has returned, or what it gave has settled: whoever is to say what becomes of the message is another one, or nobody. */
  letGo(message: AmqpMessage, error?: unknown): void {
    const taken = this.#messages.get(message);
    if (taken === undefined) return;
    const { legs } = taken.consumer;
    legs.letGo(taken.key);
    if (error !== undefined) legs.handle.fail(reasonOf(error), error);
  }

  /** A message that nobody acknowledges is done with. */
  finish(channel: AmqpChannel, message: AmqpMessage, error?: unknown): void {
    if (error !== undefined) this.#messages.get(message)?.consumer.legs.handle.fail(reasonOf(error), error);
    this.judge(channel, message, false, 'done')(undefined);
  }

  /**
   * The program has come to a verdict on a message; on all of the channel up to it; or, without one, on all that are open. Give how
   * the telling has ended to what this gives.
   */
  judge(
    channel: AmqpChannel,
    message: AmqpMessage | undefined,
    andBefore: boolean,
    verdict: Verdict,
  ): (error: unknown) => void {
    const judged = [...this.#judged(channel, message, andBefore)];
    const commits = judged.map(({ consumer: { legs }, key }): readonly [ConsumerLegs, readonly RecordInFlight[]] => {
      if (verdict !== 'done') legs.handle.fail(`the message was ${verdict}`);
      return [legs, legs.handled([key])];
    });
    return (error) => {
      for (const [legs, records] of commits) {
        if (error === undefined) legs.committed(records);
        else legs.refused(records, reasonOf(error));
      }
    };
  }

  /** The channel is over: the broker gives to others what was not acknowledged. */
  close(channel: AmqpChannel, reason: string): void {
    const end = this.#ends.close(channel);
    const taking = this.#channels.get(channel);
    if (taking === undefined) return;
    for (const { consumer, key } of taking.taken.values()) consumer.legs.dropped([key]);
    taking.taken.clear();
    for (const consumer of taking.subscriptions.values()) {
      consumer.open--;
      if (end === 'closed') continue;
      consumer.lost = lossOf(channel, reason);
      consumer.legs.fetch.fail(reason);
    }
    taking.subscriptions.clear();
  }

  /** The mark of a message that comes where it belongs, and for the first time, from one of those givers that are followed. */
  #markOf({ name, legs, givers }: Consumer, { fields, properties }: AmqpMessage): Mark | undefined {
    if (fields.exchange !== '' || fields.routingKey !== name || fields.redelivered === true) return undefined;
    const mark = readMark(properties?.headers);
    if (mark === undefined) return undefined;
    const nowMs = this.#graph.nowMs();
    if (!givers.has(mark.giver) && givers.size >= MAX_GIVERS) {
      for (const [giver, seenMs] of givers) {
        if (nowMs - seenMs < FORGET_GIVER_MS) continue;
        givers.delete(giver);
        legs.leave({ system: 'amqp', name, partition: giver });
      }
      if (givers.size >= MAX_GIVERS) return undefined;
    }
    givers.set(mark.giver, nowMs);
    return mark;
  }

  *#judged(channel: AmqpChannel, message: AmqpMessage | undefined, andBefore: boolean): Iterable<Taken> {
    const taken = this.#channels.get(channel)?.taken;
    if (message !== undefined && !andBefore) {
      const one = taken?.get(message.fields.deliveryTag) ?? this.#messages.get(message);
      taken?.delete(message.fields.deliveryTag);
      if (one !== undefined) yield one;
      return;
    }
    const last = message?.fields.deliveryTag ?? Number.POSITIVE_INFINITY;
    for (const [tag, one] of taken ?? []) {
      if (tag > last) return;
      taken?.delete(tag);
      yield one;
    }
  }

  #takingOf(channel: AmqpChannel): Taking {
    const known = this.#channels.get(channel);
    if (known !== undefined) return known;
    const taking: Taking = { number: ++this.#numbers, subscriptions: new Map(), taken: new Map() };
    this.#channels.set(channel, taking);
    return taking;
  }

  #look(consumer: Consumer, fetch: ExplicitOperator): void {
    const { legs, open, lost } = consumer;
    for (const leg of [fetch, legs.commit]) leg.connected(open > 0 || lost === undefined);
    fetch.condition.givenUp = open === 0 && lost !== undefined && isForProgram(lost);
    fetch.condition.leftToProgram = fetch.condition.givenUp;
    const over = open === 0 && lost === undefined;
    fetch.condition.pauseReason = over ? 'the program has cancelled the consumer' : undefined;
    if (over && legs.handling === 0) this.#consumers.end(consumer);
  }
}

/** What the library says of a channel that the broker has closed. */
const BY_BROKER = /^(?:Error: )?Channel closed by server/;

function lossOf({ connection }: AmqpChannel, reason: string): Loss {
  const peer = (connection?.stream as FollowedSocket | undefined)?.[TRAFFIC]?.history;
  return { byBroker: BY_BROKER.test(reason), peer, answers: peer?.answers ?? 0 };
}

/** Whether the broker is there to be asked again, which is left to the program: the library opens nothing anew. */
function isForProgram({ byBroker, peer, answers }: Loss): boolean {
  return byBroker || (peer !== undefined && peer.answers > answers);
}

function placeOf({ fields }: AmqpMessage, mark: Mark | undefined): Channel {
  const place = channelOf(fields.exchange, queueName(fields.routingKey));
  return mark === undefined ? place : { ...place, partition: mark.giver };
}
