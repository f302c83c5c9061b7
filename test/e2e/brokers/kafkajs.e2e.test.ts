import { type Consumer, type EachMessagePayload, Kafka, logLevel, Partitioners } from 'kafkajs';
import { describe, expect, type TestContext, test } from 'vitest';
import { OperatorState } from '../../../agent/src/board/layout.ts';
import type { ExplicitOperator } from '../../../agent/src/operator/explicit-operator.ts';
import { KafkaApi, KafkaError, startKafkaMock } from '../../support/kafka-mock.ts';
import { kafkaMockProgram } from '../../support/kafka-mock-program.ts';
import { pathOrSkip } from '../../support/peers.ts';
import { whenFinished } from '../../support/test-end.ts';
import { trackAllTests } from '../../unit/agent/stream/tracked.ts';
import { until } from '../harness/until.ts';

const tracked = trackAllTests();
const BOUND_MS = 15_000;
let tests = 0;

/** A broker of its own for each test; names of its own tell its operators from those of the tests that run beside it. */
async function open(context: Pick<TestContext, 'skip'>) {
  const broker = await startKafkaMock(pathOrSkip(await kafkaMockProgram(), context));
  const number = ++tests;
  const [topic, group] = [`orders-${number}`, `billing-${number}`];
  await broker.createTopic(topic, 2);
  const kafka = new Kafka({
    brokers: [broker.address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 5 },
  });
  const leg = (name: string): ExplicitOperator => tracked.current.named(name) as unknown as ExplicitOperator;
  return {
    broker,
    kafka,
    topic,
    group,
    /** The operator of that leg of the group. */
    leg: (name: string, groupId = group): ExplicitOperator => leg(`${groupId} ${name}`),
    produce: (): ExplicitOperator => leg(`${topic} produce`),
    send: async (count: number, partition = 0): Promise<void> => {
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      whenFinished(() => producer.disconnect().catch(() => {}));
      const messages = Array.from({ length: count }, (_, n) => ({ value: `order ${n}`, partition }));
      await producer.send({ topic, messages });
    },
    consume: async (config: Parameters<Consumer['run']>[0], groupId = group): Promise<Consumer> => {
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, heartbeatInterval: 200 });
      // Nobody waits: against a broker that is gone already it takes its time.
      whenFinished(() => void consumer.disconnect().catch(() => {}));
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run(config);
      return consumer;
    },
  };
}

const reaches = (what: string, ask: () => boolean): Promise<true> =>
  until(what, BOUND_MS, () => (ask() ? true : undefined));

// At the same time, because nearly all of it is waiting until the broker lets a group begin.
describe.concurrent('a consumer of kafkajs', () => {
  test('is four operators in a line, each of which counts every record once', async (context) => {
    const { consume, group, leg, send } = await open(context);
    await send(10, 0);
    await send(5, 1);
    await consume({ eachMessage: async () => {} });
    await reaches('every record is committed', () => leg('commit').done === 15);
    expect(tracked.current.edgeNames().filter((name) => name.includes(group))).toEqual([
      `${group} fetch -> ${group} deliver`,
      `${group} deliver -> ${group} handle`,
      `${group} handle -> ${group} commit`,
    ]);
    for (const name of ['fetch', 'deliver', 'handle']) {
      const { done, inFlight } = leg(name);
      expect([name, done, inFlight]).toEqual([name, 15, 0]);
    }
    expect(leg('fetch').condition).toMatchObject({ pending: 0, failures: 0 });
    tracked.current.beat();
    expect(leg('commit').low).toBe(tracked.current.graph.epoch);
  });

  test('whose handler hangs names the record, and nothing behind it is blamed', async (context) => {
    const { consume, leg, send, topic } = await open(context);
    await send(3);
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await consume({ eachMessage: ({ message }) => (message.offset === '1' ? held : Promise.resolve()) });
    await reaches('the second record is in hand', () => leg('handle').oldest()?.key === `${topic}/0@1`);
    tracked.current.beat();
    expect(leg('handle')).toMatchObject({ inFlight: 1, done: 1 });
    expect(leg('commit').state()).toBe(OperatorState.IDLE);
    expect(leg('deliver').inFlight).toBe(1);
    expect(leg('handle').low).toBeLessThan(tracked.current.graph.epoch);
    goOn();
    await reaches('the marker has passed', () => leg('commit').low === tracked.current.graph.epoch);
  });

  test('keeps a record in hand that fails, until it succeeds', async (context) => {
    const { consume, leg, send } = await open(context);
    await send(3);
    const seen: string[] = [];
    await consume({
      eachMessage: async ({ message }: EachMessagePayload) => {
        seen.push(message.offset);
        if (seen.length === 1) throw new Error('no such customer');
      },
    });
    await reaches('every record is handled', () => leg('handle').done === 3);
    expect(seen).toEqual(['0', '0', '1', '2']);
    expect(leg('handle').condition).toMatchObject({ failures: 1, lastFailure: 'no such customer' });
    await reaches('every record is committed', () => leg('commit').done === 3);
    expect(leg('deliver').done).toBe(3);
  });

  test('whose commits are refused has the failures at its last leg, and what is owed in flight', async (context) => {
    const { broker, consume, leg, send } = await open(context);
    await broker.fail(KafkaApi.OFFSET_COMMIT, 1, KafkaError.REQUEST_TIMED_OUT);
    await send(2);
    await consume({ eachMessage: async () => {} });
    await reaches('the failure', () => leg('commit').condition.failures === 1);
    expect(leg('commit').condition.lastFailure).toBe('the broker has refused the offsets');
    expect(leg('commit').state()).toBe(OperatorState.BUSY);
    expect(leg('handle')).toMatchObject({ done: 2, inFlight: 0, condition: { failures: 0 } });
    await send(1);
    await reaches('the next commit is accepted', () => leg('commit').done === 3);
    expect(leg('commit').condition.failures).toBe(1);
  });

  test('is paused while everything that is assigned to it is, and not before', async (context) => {
    const { consume, leg, topic } = await open(context);
    const consumer = await consume({ eachMessage: async () => {} });
    await reaches('it has joined', () => tracked.current.graph.ports.of(leg('fetch')).length > 0);
    consumer.pause([{ topic, partitions: [0] }]);
    expect(leg('fetch').state()).not.toBe(OperatorState.PAUSED);
    consumer.pause([{ topic }]);
    expect(leg('fetch').condition.pauseReason).toBe('consumer.pause()');
    expect(leg('fetch').state()).toBe(OperatorState.PAUSED);
    consumer.resume([{ topic }]);
    expect(leg('fetch').state()).toBe(OperatorState.IDLE);
  });

  test('that has lost the broker says since when, and forgets it when the broker is back', async (context) => {
    const { broker, consume, leg, send } = await open(context);
    await send(1);
    await consume({ eachMessage: async () => {} });
    await reaches('it works', () => leg('commit').done === 1);
    tracked.current.beat();
    await broker.down();
    await reaches('the loss is seen', () => leg('fetch').condition.disconnectedSinceMs > 0);
    expect(leg('fetch').state()).toBe(OperatorState.BUSY);
    await broker.up();
    await reaches('the connection is back', () => leg('fetch').condition.disconnectedSinceMs === 0);
  });

  test('that takes batches completes their records as they are resolved', async (context) => {
    const { consume, leg, send, topic } = await open(context);
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
    await reaches('half of the batch is resolved', () => leg('handle')?.done === 2);
    expect(leg('handle').oldest()?.key).toBe(`${topic}/0@2`);
    goOn();
    await reaches('all of it is committed', () => leg('commit').done === 4);
  });

  test('that leaves records of a batch unresolved keeps them in hand until they come again', async (context) => {
    const { consume, leg, send } = await open(context);
    await send(4);
    let batches = 0;
    await consume({
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset }) => {
        for (const { offset } of ++batches === 1 ? batch.messages.slice(0, 2) : batch.messages) resolveOffset(offset);
        if (batches === 1) expect(leg('handle').done).toBe(2);
      },
    });
    await reaches('all of it is committed', () => leg('commit').done === 4);
    expect(leg('handle').done).toBe(4);
    expect(batches).toBe(2);
  });
});

describe.concurrent('a producer of kafkajs', () => {
  test('moves its port to the last offset that the broker has given out', async (context) => {
    const { produce: produceLeg, send, topic } = await open(context);
    await send(10, 1);
    const { graph } = tracked.current;
    const produce = produceLeg();
    expect(produce).toMatchObject({ done: 10, inFlight: 0, leg: 'produce' });
    expect(graph.ports.of(produce).map(({ channel, position }) => [channel.name, channel.partition, position])).toEqual(
      [[topic, '1', { major: 9, minor: 0 }]],
    );
  });

  test('counts a message that is sent without waiting for an answer without a position', async (context) => {
    const { kafka, produce, topic } = await open(context);
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    whenFinished(() => producer.disconnect());
    await producer.send({ topic, acks: 0, messages: [{ value: 'x' }] });
    const [port] = tracked.current.graph.ports.of(produce());
    expect(port).toMatchObject({ position: undefined, channel: { partition: '' } });
  });

  test('inside of a handler is an edge from that handler', async (context) => {
    const { consume, group, kafka, leg, send } = await open(context);
    await send(2);
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    whenFinished(() => producer.disconnect());
    await consume({
      eachMessage: async ({ message }) => {
        await producer.send({ topic: 'invoices', messages: [{ value: message.value }] });
      },
    });
    await reaches('both are committed', () => leg('commit').done === 2);
    expect(tracked.current.edgeNames()).toContain(`${group} handle -> invoices produce`);
  });

  test('hands its errors on to the program as they are', async (context) => {
    const { kafka, produce, topic } = await open(context);
    const producer = kafka.producer();
    await expect(producer.send({ topic, messages: [{ value: 'x' }] })).rejects.toThrow('The producer is disconnected');
    expect(produce()).toMatchObject({ inFlight: 0 });
    expect(produce().condition).toMatchObject({ failures: 1, lastFailure: 'The producer is disconnected' });
  });
});

// The last one, because it stops what follows the others.
test('leaves the graph when it is disconnected, and works on when the agent is stopped', async (context) => {
  const { consume, group, leg, send } = await open(context);
  await send(1);
  const seen: string[] = [];
  const consumer = await consume({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await reaches('it works', () => leg('commit').done === 1);
  await consumer.disconnect();
  tracked.current.beat();
  expect(tracked.current.named(`${group} fetch`)).toBeUndefined();
  const other = await consume(
    { eachMessage: async ({ message }) => void seen.push(String(message.value)) },
    'shipping',
  );
  await reaches('it has handled the message, too', () => leg('handle', 'shipping').done === 1);
  tracked.current.graph.stop();
  await send(1);
  await reaches('a message is handled behind the agent', () => seen.length === 3);
  await other.disconnect();
});
