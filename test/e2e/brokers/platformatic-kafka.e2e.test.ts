import { Writable } from 'node:stream';
import { Consumer, type MessagesStream, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { beforeEach, expect, test } from 'vitest';
import { OperatorState } from '../../../agent/src/board/layout.ts';
import type { ExplicitOperator } from '../../../agent/src/operator/explicit-operator.ts';
import { KafkaApi, KafkaError, type KafkaMock, startKafkaMock } from '../../support/kafka-mock.ts';
import { kafkaMockProgram } from '../../support/kafka-mock-program.ts';
import { pathOrSkip } from '../../support/peers.ts';
import { whenFinished } from '../../support/test-end.ts';
import { trackEachTest } from '../../unit/agent/stream/tracked.ts';
import { until } from '../harness/until.ts';

const tracked = trackEachTest();
let broker: KafkaMock;

const BOUND_MS = 15_000;

beforeEach(async (context) => {
  broker = await startKafkaMock(pathOrSkip(await kafkaMockProgram(), context));
  await broker.createTopic('orders', 2);
}, 90_000);

const leg = (name: string): ExplicitOperator => tracked.current.named(name) as never;
const reaches = (what: string, ask: () => boolean): Promise<true> =>
  until(what, BOUND_MS, () => {
    tracked.current.beat();
    return ask() ? true : undefined;
  });
const portsOf = (name: string) =>
  tracked.current.graph.ports.of(leg(name)).map(({ channel, position }) => [channel.partition, position?.major]);

function producerOf(): Producer<string, string, string, string> {
  const producer = new Producer({
    clientId: 'shop',
    bootstrapBrokers: [broker.address],
    serializers: stringSerializers,
    retries: 0,
  });
  whenFinished(() => producer.close().catch(() => {}));
  return producer;
}

const orders = (count: number) => ({
  messages: Array.from({ length: count }, (_, n) => ({ topic: 'orders', key: 'a', value: `order ${n}` })),
});

async function consume(autocommit: boolean): Promise<MessagesStream<string, string, string, string>> {
  const consumer = new Consumer({
    groupId: 'billing',
    clientId: 'billing',
    bootstrapBrokers: [broker.address],
    deserializers: stringDeserializers,
    retries: 1000,
    retryDelay: 100,
  });
  whenFinished(() => consumer.close(true).catch(() => {}));
  return consumer.consume({
    topics: ['orders'],
    mode: 'earliest',
    autocommit,
    maxWaitTime: 100,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
  });
}

test('a producer moves its port to the last offset that the broker has given out', async () => {
  await producerOf().send(orders(10));
  expect(leg('orders produce')).toMatchObject({ done: 10, inFlight: 0, leg: 'produce' });
  expect(portsOf('orders produce')).toEqual([['0', 9]]);
});

test('what the broker refuses is a failure, and no message is left in flight', async () => {
  const producer = producerOf();
  await producer.send(orders(1));
  await broker.fail(KafkaApi.PRODUCE, 1, KafkaError.GROUP_AUTHORIZATION_FAILED);
  await expect(producer.send(orders(1))).rejects.toThrow();
  expect(leg('orders produce')).toMatchObject({ inFlight: 0, condition: { failures: 1 } });
});

test('a consumer is the stream it gives: a source with ports, whose messages wait for the loop behind it', async () => {
  await producerOf().send(orders(4));
  const stream = await consume(false);
  const taken: string[] = [];
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  void (async function bill() {
    for await (const message of stream) {
      taken.push(`${message.partition}@${message.offset}`);
      if (taken.length === 3) await held;
      await message.commit();
    }
  })();
  await reaches('the third message is in hand', () => taken.length === 3);
  await reaches('the loop is an operator', () => tracked.current.edgeNames().includes('billing fetch -> bill'));
  tracked.current.beat();
  const { epoch } = tracked.current.graph;
  expect(tracked.current.named('bill')?.low).toBeLessThan(epoch);
  expect(leg('billing fetch').leg).toBe('fetch');
  goOn();
  await reaches('everything is taken and committed', () => leg('billing commit')?.done === 4);
  await producerOf().send(orders(1));
  await reaches('the next one as well', () => leg('billing commit').done === 5);
  expect(portsOf('billing fetch')).toEqual([['0', 4]]);
  await reaches('the marker has passed', () => (tracked.current.named('bill')?.low ?? 0) >= epoch);
});

test('commits that the broker refuses stay in flight, with its words, until one is accepted', async () => {
  await producerOf().send(orders(2));
  const stream = await consume(false);
  const messages: { commit(): void | Promise<void> }[] = [];
  stream.on('data', (message) => messages.push(message));
  await reaches('both have come', () => messages.length === 2);
  await messages[0]?.commit();
  expect(leg('billing commit')).toMatchObject({ done: 1, inFlight: 0, leg: 'commit' });
  await broker.fail(KafkaApi.OFFSET_COMMIT, 1, KafkaError.GROUP_AUTHORIZATION_FAILED);
  await expect(messages[1]?.commit()).rejects.toThrow();
  expect(leg('billing commit')).toMatchObject({ inFlight: 1, condition: { failures: 1 } });
  expect(leg('billing commit').state()).toBe(OperatorState.BUSY);
  await messages[1]?.commit();
  expect(leg('billing commit')).toMatchObject({ inFlight: 0, done: 3 });
});

test('a consumer that has lost the broker says since when', async () => {
  await producerOf().send(orders(1));
  const stream = await consume(false);
  let taken = 0;
  stream.on('error', () => {});
  stream.pipe(
    new Writable({
      objectMode: true,
      write(_message, _encoding, done) {
        taken++;
        done();
      },
    }),
  );
  await reaches('it works', () => taken === 1 && leg('billing fetch') !== undefined);
  await broker.down();
  await reaches('the loss is seen', () => leg('billing fetch')?.condition.disconnectedSinceMs > 0);
});
