import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { ExplicitOperator } from '../../../agent/src/operator/explicit-operator.ts';
import { startKafkaMock } from '../../support/kafka-mock.ts';
import { kafkaMockProgram } from '../../support/kafka-mock-program.ts';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { whenFinished } from '../../support/test-end.ts';
import { trackEachTest, unseen } from '../../unit/agent/stream/tracked.ts';
import { freePort, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { startNatsServer } from './nats-server.ts';

const tracked = trackEachTest();
const require = createRequire(import.meta.url);
const BOUND_MS = 15_000;

/** A copy of a package that no hook has met, as a bundle or a program that runs already has one. */
function unseenPackage<T>(name: string): T {
  const forget = (): void => {
    for (const file of Object.keys(require.cache))
      if (/[\\/](?:kafkajs|ioredis|@redis|redis|@nats-io|bullmq)[\\/]/.test(file)) delete require.cache[file];
  };
  return unseen(tracked, () => {
    forget();
    const copy = require(name) as T;
    forget();
    return copy;
  });
}

const leg = (name: string): ExplicitOperator | undefined => tracked.current.named(name) as never;
const reaches = (what: string, ask: () => boolean): Promise<true> =>
  until(what, BOUND_MS, () => (ask() ? true : undefined));
const instrument = (client: object): void => {
  // The second time it changes nothing.
  expect([tracked.current.instrument(client), tracked.current.instrument(client)]).toEqual([true, true]);
};

describe('a client of kafkajs', () => {
  async function startKafka(context: Parameters<typeof pathOrSkip>[1]) {
    const broker = await startKafkaMock(pathOrSkip(await kafkaMockProgram(), context));
    await broker.createTopic('orders', 1);
    const { Kafka, logLevel } = unseenPackage<typeof import('kafkajs')>('kafkajs');
    const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    whenFinished(() => producer.disconnect());
    const send = (count: number) =>
      producer.send({ topic: 'orders', messages: Array.from({ length: count }, (_, n) => ({ value: String(n) })) });
    const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 100, heartbeatInterval: 100 });
    await consumer.connect();
    whenFinished(() => consumer.disconnect());
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    return { kafka, producer, send, consumer };
  }

  test('is followed from the call on: the producer, and every leg of a consumer that does not run yet', async (context) => {
    const { producer, send, consumer } = await startKafka(context);
    await send(2);
    expect(leg('orders produce')).toBeUndefined();
    instrument(producer);
    instrument(consumer);
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await consumer.run({ eachMessage: ({ message }) => (message.offset === '3' ? held : Promise.resolve()) });
    await send(2);
    await reaches('the last record is in hand', () => leg('billing handle')?.oldest()?.key === 'orders/0@3');
    expect(leg('orders produce')?.done).toBe(2);
    goOn();
    await reaches('every record is committed', () => leg('billing commit')?.done === 4);
    expect(leg('billing deliver')?.done).toBe(4);
  });

  test('that runs already is followed by what its events tell, a batch at a time', async (context) => {
    const { send, consumer } = await startKafka(context);
    const waiting: (() => void)[] = [];
    let seen = 0;
    await consumer.run({
      eachMessage: () => (++seen === 1 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    });
    await send(1);
    await reaches('it runs', () => seen === 1);
    instrument(consumer);
    await reaches('its group is known', () => leg('billing fetch') !== undefined);
    await send(3);
    await reaches('a batch is in hand', () => leg('billing handle')?.oldest()?.key === 'orders/0@1');
    expect(leg('billing handle')).toMatchObject({ inFlight: 3, done: 0 });
    tracked.current.beat();
    expect(leg('billing handle')?.low).toBeLessThan(tracked.current.graph.epoch);
    const letGo = setInterval(() => waiting.shift()?.(), 10);
    whenFinished(() => clearInterval(letGo));
    await reaches('the batch is done with', () => leg('billing handle')?.done === 3);
    expect(leg('billing handle')?.low).toBe(tracked.current.graph.epoch);
  });

  test('that makes others: each of them', async (context) => {
    const { kafka } = await startKafka(context);
    instrument(kafka);
    const producer = kafka.producer();
    await producer.connect();
    whenFinished(() => producer.disconnect());
    await producer.send({ topic: 'orders', messages: [{ value: 'x' }] });
    expect(leg('orders produce')?.done).toBe(1);
  });
});

describe('a client of Redis', () => {
  async function startRedis(context: Parameters<typeof pathOrSkip>[1]): Promise<number> {
    const redis = pathOrSkip(await debianProgram('redis-server'), context);
    const port = await freePort();
    await startServer(redis, ['--port', String(port), '--save', '', '--dir', '/tmp'], port);
    return port;
  }

  test('of ioredis is followed from the call on', async (context) => {
    const port = await startRedis(context);
    const { Redis } = unseenPackage<typeof import('ioredis')>('ioredis');
    const client = new Redis({ port, host: '127.0.0.1' });
    whenFinished(() => client.disconnect());
    await client.xadd('orders', '*', 'number', 1);
    expect(leg('orders produce')).toBeUndefined();
    instrument(client);
    await client.xadd('orders', '*', 'number', 2);
    expect(leg('orders produce')?.done).toBe(1);
  });

  test('of node-redis is followed from the call on', async (context) => {
    const port = await startRedis(context);
    const { createClient } = unseenPackage<typeof import('redis')>('redis');
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    await client.connect();
    whenFinished(() => client.destroy());
    await client.xAdd('orders', '*', { number: '1' });
    expect(leg('orders produce')).toBeUndefined();
    instrument(client);
    await client.xAdd('orders', '*', { number: '2' });
    expect(leg('orders produce')?.done).toBe(1);
  });
});

test('a queue and a worker of BullMQ that runs are followed from the call on', async (context) => {
  const redis = pathOrSkip(await debianProgram('redis-server'), context);
  const port = await freePort();
  await startServer(redis, ['--port', String(port), '--save', '', '--dir', '/tmp'], port);
  const { Queue, Worker } = unseenPackage<typeof import('bullmq')>('bullmq');
  const connection = { port, host: '127.0.0.1' };
  const queue = new Queue('orders', { connection });
  let done = 0;
  const worker = new Worker('orders', async () => void done++, { connection });
  whenFinished(async () => {
    await worker.close(true);
    await queue.close();
  });
  await queue.add('order', {});
  await reaches('the first job is done', () => done === 1);
  expect(leg('orders produce')).toBeUndefined();
  instrument(queue);
  instrument(worker);
  await queue.add('order', {});
  expect(leg('orders produce')?.done).toBe(1);
  await reaches('the second job is committed', () => leg('orders commit')?.done === 1);
});

describe('JetStream', () => {
  test('the client, a consumer, and what consume() gave before are followed from the call on', async (context) => {
    const { port } = await startNatsServer(pathOrSkip(await debianProgram('nats-server'), context));
    const { connect } = await import('@nats-io/transport-node');
    const { jetstream, jetstreamManager } = unseenPackage<typeof import('@nats-io/jetstream')>('@nats-io/jetstream');
    const connection = await connect({ port });
    whenFinished(() => connection.close());
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    for (const name of ['billing', 'archive'])
      await manager.consumers.add('ORDERS', { durable_name: name, ack_policy: 'explicit' });
    const client = jetstream(connection);
    instrument(client);
    await client.publish('orders.new', '1');
    expect(leg('orders produce')?.done).toBe(1);

    const take = async (messages: AsyncIterable<{ ack(): void }>): Promise<void> => {
      for await (const message of messages) message.ack();
    };
    const billing = await (await client.consumers.get('ORDERS', 'billing')).consume();
    instrument(billing);
    void take(billing);
    const consumer = await client.consumers.get('ORDERS', 'archive');
    instrument(consumer);
    void take(await consumer.consume());
    await client.publish('orders.new', '2');
    for (const name of ['billing', 'archive'])
      await reaches(`${name} has taken the message`, () => (leg(`ORDERS/${name} commit`)?.done ?? 0) >= 1);
  });
});

test('what is no client of a known library is not followed', () => {
  for (const foreign of [{}, new Map(), { send() {}, on() {} }, () => {}])
    expect(tracked.current.instrument(foreign)).toBe(false);
});
