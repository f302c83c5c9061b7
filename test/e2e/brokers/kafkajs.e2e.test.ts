import { type Consumer, type EachMessagePayload, Kafka, logLevel, Partitioners } from 'kafkajs';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { OperatorState } from '../../../agent/src/board/layout.ts';
import type { ExplicitOperator } from '../../../agent/src/operator/explicit-operator.ts';
import { KafkaApi, KafkaError, type KafkaMock, startKafkaMock } from '../../support/kafka-mock.ts';
import { kafkaMockProgram } from '../../support/kafka-mock-program.ts';
import { pathOrSkip } from '../../support/peers.ts';
import { trackEachTest } from '../../unit/agent/stream/tracked.ts';
import { until } from '../harness/until.ts';

const tracked = trackEachTest();
let broker: KafkaMock;
let kafka: Kafka;

const BOUND_MS = 15_000;

beforeEach(async (context) => {
  broker = await startKafkaMock(pathOrSkip(await kafkaMockProgram(), context));
  await broker.createTopic('orders', 2);
  kafka = new Kafka({
    brokers: [broker.address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 5 },
  });
}, 90_000);

const leg = (name: string): ExplicitOperator => tracked.current.named(name) as unknown as ExplicitOperator;

async function send(count: number, partition = 0): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  onTestFinished(() => producer.disconnect().catch(() => {}));
  const messages = Array.from({ length: count }, (_, n) => ({ value: `order ${n}`, partition }));
  await producer.send({ topic: 'orders', messages });
}

async function consume(config: Parameters<Consumer['run']>[0], groupId = 'billing'): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, heartbeatInterval: 200 });
  // Nobody waits: against a broker that is gone already it takes its time.
  onTestFinished(() => void consumer.disconnect().catch(() => {}));
  await consumer.connect();
  await consumer.subscribe({ topic: 'orders', fromBeginning: true });
  await consumer.run(config);
  return consumer;
}

const reaches = (what: string, ask: () => boolean): Promise<true> =>
  until(what, BOUND_MS, () => (ask() ? true : undefined));

describe('a consumer of kafkajs', () => {
  test('is four operators in a line, each of which counts every record once', async () => {
    await send(10, 0);
    await send(5, 1);
    await consume({ eachMessage: async () => {} });
    await reaches('every record is committed', () => leg('billing commit').done === 15);
    expect(tracked.current.edgeNames().filter((name) => name.includes('billing'))).toEqual([
      'billing fetch -> billing deliver',
      'billing deliver -> billing handle',
      'billing handle -> billing commit',
    ]);
    for (const name of ['fetch', 'deliver', 'handle']) {
      const { done, inFlight } = leg(`billing ${name}`);
      expect([name, done, inFlight]).toEqual([name, 15, 0]);
    }
    expect(leg('billing fetch').condition).toMatchObject({ pending: 0, failures: 0 });
    tracked.current.beat();
    expect(leg('billing commit').low).toBe(tracked.current.graph.epoch);
  });

  test('whose handler hangs names the record, and nothing behind it is blamed', async () => {
    await send(3);
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await consume({ eachMessage: ({ message }) => (message.offset === '1' ? held : Promise.resolve()) });
    await reaches('the second record is in hand', () => leg('billing handle').oldest()?.key === 'orders/0@1');
    tracked.current.beat();
    expect(leg('billing handle')).toMatchObject({ inFlight: 1, done: 1 });
    expect(leg('billing commit').state()).toBe(OperatorState.IDLE);
    expect(leg('billing deliver').inFlight).toBe(1);
    expect(leg('billing handle').low).toBeLessThan(tracked.current.graph.epoch);
    goOn();
    await reaches('the marker has passed', () => leg('billing commit').low === tracked.current.graph.epoch);
  });

  test('keeps a record in hand that fails, until it succeeds', async () => {
    await send(3);
    const seen: string[] = [];
    await consume({
      eachMessage: async ({ message }: EachMessagePayload) => {
        seen.push(message.offset);
        if (seen.length === 1) throw new Error('no such customer');
      },
    });
    await reaches('every record is handled', () => leg('billing handle').done === 3);
    expect(seen).toEqual(['0', '0', '1', '2']);
    expect(leg('billing handle').condition).toMatchObject({ failures: 1, lastFailure: 'no such customer' });
    await reaches('every record is committed', () => leg('billing commit').done === 3);
    expect(leg('billing deliver').done).toBe(3);
  });

  test('whose commits are refused has the failures at its last leg, and what is owed in flight', async () => {
    await broker.fail(KafkaApi.OFFSET_COMMIT, 1, KafkaError.REQUEST_TIMED_OUT);
    await send(2);
    await consume({ eachMessage: async () => {} });
    await reaches('the failure', () => leg('billing commit').condition.failures === 1);
    expect(leg('billing commit').condition.lastFailure).toBe('the broker has refused the offsets');
    expect(leg('billing commit').state()).toBe(OperatorState.BUSY);
    expect(leg('billing handle')).toMatchObject({ done: 2, inFlight: 0, condition: { failures: 0 } });
    await send(1);
    await reaches('the next commit is accepted', () => leg('billing commit').done === 3);
    expect(leg('billing commit').condition.failures).toBe(1);
  });

  test('is paused while everything that is assigned to it is, and not before', async () => {
    const consumer = await consume({ eachMessage: async () => {} });
    await reaches('it has joined', () => tracked.current.board.ports[0] !== 0);
    consumer.pause([{ topic: 'orders', partitions: [0] }]);
    expect(leg('billing fetch').state()).not.toBe(OperatorState.PAUSED);
    consumer.pause([{ topic: 'orders' }]);
    expect(leg('billing fetch').condition.pauseReason).toBe('consumer.pause()');
    expect(leg('billing fetch').state()).toBe(OperatorState.PAUSED);
    consumer.resume([{ topic: 'orders' }]);
    expect(leg('billing fetch').state()).toBe(OperatorState.IDLE);
  });

  test('that has lost the broker says since when, and forgets it when the broker is back', async () => {
    await send(1);
    await consume({ eachMessage: async () => {} });
    await reaches('it works', () => leg('billing commit').done === 1);
    tracked.current.beat();
    await broker.down();
    await reaches('the loss is seen', () => leg('billing fetch').condition.disconnectedSinceMs > 0);
    expect(leg('billing fetch').state()).toBe(OperatorState.BUSY);
    await broker.up();
    await reaches('the connection is back', () => leg('billing fetch').condition.disconnectedSinceMs === 0);
  });

  test('that takes batches completes their records as they are resolved', async () => {
    await send(4);
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await consume({
      eachBatch: async ({ batch, resolveOffset }) => {
        expect(batch.messages).toHaveLength(4);
        resolveOffset('1');
        await held;
      },
    });
    await reaches('half of the batch is resolved', () => tracked.current.named('billing handle')?.done === 2);
    expect(leg('billing handle').oldest()?.key).toBe('orders/0@2');
    goOn();
    await reaches('all of it is committed', () => leg('billing commit').done === 4);
  });

  test('that leaves records of a batch unresolved keeps them in hand until they come again', async () => {
    await send(4);
    let batches = 0;
    await consume({
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset }) => {
        for (const { offset } of ++batches === 1 ? batch.messages.slice(0, 2) : batch.messages) resolveOffset(offset);
        if (batches === 1) expect(leg('billing handle').done).toBe(2);
      },
    });
    await reaches('all of it is committed', () => leg('billing commit').done === 4);
    expect(leg('billing handle').done).toBe(4);
    expect(batches).toBe(2);
  });

  test('leaves the graph when it is disconnected, and works on when the agent is stopped', async () => {
    await send(1);
    const seen: string[] = [];
    const consumer = await consume({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    await reaches('it works', () => leg('billing commit').done === 1);
    await consumer.disconnect();
    tracked.current.beat();
    expect(tracked.current.named('billing fetch')).toBeUndefined();
    const other = await consume(
      { eachMessage: async ({ message }) => void seen.push(String(message.value)) },
      'shipping',
    );
    await reaches('it has handled the message, too', () => leg('shipping handle').done === 1);
    tracked.current.graph.stop();
    await send(1);
    await reaches('a message is handled behind the agent', () => seen.length === 3);
    await other.disconnect();
  });
});

test('a producer moves its port to the last offset that the broker has given out', async () => {
  await send(10, 1);
  const { graph } = tracked.current;
  const produce = leg('orders produce');
  expect(produce).toMatchObject({ done: 10, inFlight: 0, leg: 'produce' });
  expect(graph.ports.of(produce).map(({ channel, position }) => [channel.name, channel.partition, position])).toEqual([
    ['orders', '1', { major: 9, minor: 0 }],
  ]);
});

test('a message that is sent without waiting for an answer is counted without a position', async () => {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  await producer.send({ topic: 'orders', acks: 0, messages: [{ value: 'x' }] });
  const [port] = tracked.current.graph.ports.of(leg('orders produce'));
  expect(port).toMatchObject({ position: undefined, channel: { partition: '' } });
});

test('what is sent inside of a handler is an edge from that handler', async () => {
  await send(2);
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  await consume({
    eachMessage: async ({ message }) => {
      await producer.send({ topic: 'invoices', messages: [{ value: message.value }] });
    },
  });
  await reaches('both are committed', () => leg('billing commit').done === 2);
  expect(tracked.current.edgeNames()).toContain('billing handle -> invoices produce');
});

test('an error of the producer reaches the program as it is', async () => {
  const producer = kafka.producer();
  await expect(producer.send({ topic: 'orders', messages: [{ value: 'x' }] })).rejects.toThrow(
    'The producer is disconnected',
  );
  expect(leg('orders produce')).toMatchObject({ inFlight: 0 });
  expect(leg('orders produce').condition).toMatchObject({ failures: 1, lastFailure: 'The producer is disconnected' });
});
