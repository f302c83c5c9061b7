import { Writable } from 'node:stream';
import { Consumer, type MessagesStream, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
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
  const leg = (name: string): ExplicitOperator => tracked.current.named(`${group} ${name}`) as never;
  const produce = (): ExplicitOperator => tracked.current.named(`${topic} produce`) as never;
  const producer = new Producer({
    clientId: 'shop',
    bootstrapBrokers: [broker.address],
    serializers: stringSerializers,
    retries: 0,
  });
  whenFinished(() => producer.close().catch(() => {}));
  return {
    broker,
    group,
    leg,
    produce,
    send: (count: number) =>
      producer.send({ messages: Array.from({ length: count }, (_, n) => ({ topic, key: 'a', value: `order ${n}` })) }),
    consume: async (): Promise<MessagesStream<string, string, string, string>> => {
      const consumer = new Consumer({
        groupId: group,
        clientId: 'billing',
        bootstrapBrokers: [broker.address],
        deserializers: stringDeserializers,
        retries: 1000,
        retryDelay: 100,
      });
      // Nobody waits: against a broker that is gone already it takes its time.
      whenFinished(() => void consumer.close(true).catch(() => {}));
      return consumer.consume({
        topics: [topic],
        mode: 'earliest',
        autocommit: false,
        maxWaitTime: 100,
        sessionTimeout: 10_000,
        heartbeatInterval: 500,
      });
    },
  };
}

const reaches = (what: string, ask: () => boolean): Promise<true> =>
  until(what, BOUND_MS, () => {
    tracked.current.beat();
    return ask() ? true : undefined;
  });
const portsOf = (operator: ExplicitOperator) =>
  tracked.current.graph.ports.of(operator).map(({ channel, position }) => [channel.partition, position?.major]);

// At the same time, because nearly all of it is waiting until the broker lets a group begin.
describe.concurrent('a producer of @platformatic/kafka', () => {
  test('moves its port to the last offset that the broker has given out', async (context) => {
    const { produce, send } = await open(context);
    await send(10);
    expect(produce()).toMatchObject({ done: 10, inFlight: 0, leg: 'produce' });
    expect(portsOf(produce())).toEqual([['0', 9]]);
  });

  test('whose messages the broker refuses has a failure, and none of them is left in flight', async (context) => {
    const { broker, produce, send } = await open(context);
    await send(1);
    await broker.fail(KafkaApi.PRODUCE, 1, KafkaError.GROUP_AUTHORIZATION_FAILED);
    await expect(send(1)).rejects.toThrow();
    expect(produce()).toMatchObject({ inFlight: 0, condition: { failures: 1 } });
  });
});

describe.concurrent('a consumer of @platformatic/kafka', () => {
  test('is the stream it gives: a source with ports, whose messages wait for the loop behind it', async (context) => {
    const { consume, group, leg, send } = await open(context);
    await send(4);
    const stream = await consume();
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
    await reaches('the loop is an operator', () => tracked.current.edgeNames().includes(`${group} fetch -> bill`));
    tracked.current.beat();
    const { epoch } = tracked.current.graph;
    expect(tracked.current.named('bill')?.low).toBeLessThan(epoch);
    expect(leg('fetch').leg).toBe('fetch');
    goOn();
    await reaches('everything is taken and committed', () => leg('commit')?.done === 4);
    await send(1);
    await reaches('the next one as well', () => leg('commit').done === 5);
    expect(portsOf(leg('fetch'))).toEqual([['0', 4]]);
    await reaches('the marker has passed', () => (tracked.current.named('bill')?.low ?? 0) >= epoch);
  });

  test('whose commits the broker refuses has them in flight, with its words, until one is accepted', async (context) => {
    const { broker, consume, leg, send } = await open(context);
    await send(2);
    const stream = await consume();
    const messages: { commit(): void | Promise<void> }[] = [];
    stream.on('data', (message) => messages.push(message));
    await reaches('both have come', () => messages.length === 2);
    await messages[0]?.commit();
    expect(leg('commit')).toMatchObject({ done: 1, inFlight: 0, leg: 'commit' });
    await broker.fail(KafkaApi.OFFSET_COMMIT, 1, KafkaError.GROUP_AUTHORIZATION_FAILED);
    await expect(messages[1]?.commit()).rejects.toThrow();
    expect(leg('commit')).toMatchObject({ inFlight: 1, condition: { failures: 1 } });
    expect(leg('commit').state()).toBe(OperatorState.BUSY);
    await messages[1]?.commit();
    expect(leg('commit')).toMatchObject({ inFlight: 0, done: 3 });
  });

  test('that has lost the broker says since when', async (context) => {
    const { broker, consume, leg, send } = await open(context);
    await send(1);
    const stream = await consume();
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
    await reaches('it works', () => taken === 1 && leg('fetch') !== undefined);
    await broker.down();
    await reaches('the loss is seen', () => leg('fetch')?.condition.disconnectedSinceMs > 0);
  });
});
