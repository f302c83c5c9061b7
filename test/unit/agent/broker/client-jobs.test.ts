import { Readable } from 'node:stream';
import { createClient } from 'redis';
import { expect, test } from 'vitest';
import { AmqpConsumers } from '../../../../agent/src/amqp/amqplib-consumers.ts';
import { ChannelEnds } from '../../../../agent/src/amqp/channel-ends.ts';
import { KafkaLegs } from '../../../../agent/src/broker/kafka-legs.ts';
import { watchKafkajsProducer } from '../../../../agent/src/broker/kafkajs-producer.ts';
import { ProducerBook } from '../../../../agent/src/broker/producer-book.ts';
import { JetStreamConsumers } from '../../../../agent/src/nats/jetstream-consumers.ts';
import { jobOf } from '../../../../agent/src/operator/jobs.ts';
import { senderOf } from '../../../../agent/src/redis/node-redis.ts';
import { RedisStreams } from '../../../../agent/src/redis/redis-streams.ts';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const LEGS = ['fetch', 'deliver', 'handle', 'commit'] as const;

const jobs = (): Record<string, string> =>
  Object.fromEntries(tracked.current.graph.operators.map(({ name, job }) => [name, job]));

/** Says of a client what `inJob` does. */
function inBilling<T extends object>(client: T): T {
  tracked.current.adoption.assign(client, 'billing');
  return client;
}

const four = (name: string, job = 'billing') => Object.fromEntries(LEGS.map((leg) => [`${name} ${leg}`, job]));

test('what a channel of amqplib takes from a queue belongs to its job, of two channels to that of the first', () => {
  const consumers = new AmqpConsumers(tracked.current.graph, new ChannelEnds());
  const subscription = { queue: 'bills', handler: undefined, locate: () => undefined };
  consumers.subscribe(inBilling({ connection: {} }), 'one', subscription);
  consumers.subscribe({ connection: {} }, 'two', subscription);
  consumers.subscribe({ connection: {} }, 'three', { ...subscription, queue: 'orders' });
  expect(jobs()).toEqual({ ...four('bills'), ...four('orders', '') });
});

test('what a consumer of JetStream is given belongs to its job', () => {
  const config = { ack_policy: 'explicit' };
  const consumer = inBilling({ name: 'ledger', stream: 'BILLS', _info: { config } });
  new JetStreamConsumers(tracked.current.graph).begin({ done: false, consumer }, () => undefined);
  expect(jobs()).toEqual(four('BILLS/ledger'));
});

test('what a client of Redis asks for, and what it gives, belongs to its job', () => {
  const streams = new RedisStreams(tracked.current.graph);
  const client = { condition: () => 'connected' as const, job: () => 'billing' };
  streams.sent(client, 'XREADGROUP', ['GROUP', 'ledger', 'one', 'STREAMS', 'bills', '>'], () => {});
  streams.sent(client, 'XADD', ['paid', '*', 'n', '1'], () => {});
  expect(jobs()).toEqual({ ...four('bills/ledger'), 'paid produce': 'billing' });
});

test('a client of node-redis is named by what createClient gives, which is not the object that sends', () => {
  const client = createClient();
  expect(senderOf(client)).not.toBe(client);
  expect(senderOf(senderOf(client))).toBe(senderOf(client));
  const stream = new Readable();
  expect(senderOf(stream)).toBe(stream);
});

test('the legs of a consumer of Kafka, and a producer, belong to their job', async () => {
  const { graph } = tracked.current;
  const consumer = inBilling({});
  KafkaLegs.add(graph, 'ledger', () => [], jobOf(consumer));
  const producer = inBilling({ send: async () => [], sendBatch: async () => [], disconnect: async () => {} });
  watchKafkajsProducer(graph, producer as never);
  await (producer.send as (record: unknown) => Promise<unknown>)({ topic: 'paid', messages: [{ value: 'a' }] });
  expect(jobs()).toEqual({ ...four('ledger'), 'paid produce': 'billing' });
});

test('what other producers give belongs to the job of the client that gives first', () => {
  const book = new ProducerBook(tracked.current.graph, () => 'open');
  book.legOf('paid', inBilling({}), () => undefined);
  book.legOf('paid', {}, () => undefined);
  book.legOf('taken', {}, () => undefined);
  expect(jobs()).toEqual({ 'paid produce': 'billing', 'taken produce': '' });
});
