import { pipeline, Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { OperatorState, PortCell } from '../../../../agent/src/board/layout.ts';
import { followOtherwise } from '../../../../agent/src/iterator/generators.ts';
import { JetStreamConsumers } from '../../../../agent/src/nats/jetstream-consumers.ts';
import type { ConsumerMessages, JetStreamMessage } from '../../../../agent/src/nats/jetstream-types.ts';
import type { ExplicitOperator } from '../../../../agent/src/operator/explicit-operator.ts';
import { settle, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const nc = { protocol: { connected: true }, isClosed: () => false };

function messagesOf(ackPolicy: string): ConsumerMessages {
  const config = { ack_policy: ackPolicy };
  return { done: false, consumer: { name: 'billing', stream: 'ORDERS', api: { nc }, _info: { config } } };
}

const message = (streamSequence: unknown): JetStreamMessage =>
  ({ didAck: false, info: { streamSequence, pending: 7 } }) as JetStreamMessage;
const leg = (name: string): ExplicitOperator => tracked.current.named(`ORDERS/billing ${name}`) as never;

function begin(): { readonly consumers: JetStreamConsumers; readonly messages: ConsumerMessages } {
  const consumers = new JetStreamConsumers(tracked.current.graph);
  const messages = messagesOf('explicit');
  consumers.begin(messages, () => undefined);
  return { consumers, messages };
}

test('a message is with the handler until it is acknowledged, and owed until the server has taken that', () => {
  const { consumers, messages } = begin();
  const first = message(41);
  consumers.take(messages, first);
  expect(leg('handle').oldest()?.key).toBe('ORDERS@41');
  expect(leg('fetch').condition.pending).toBe(7);
  const settled = consumers.judged(first, 'done');
  expect([leg('handle').inFlight, leg('commit').inFlight]).toEqual([0, 1]);
  settled?.(new Error('no responders'));
  expect(leg('commit')).toMatchObject({ inFlight: 1, condition: { failures: 1, lastFailure: 'no responders' } });
  const second = message(42);
  consumers.take(messages, second);
  consumers.judged(second, 'done')?.(undefined);
  expect(leg('commit').inFlight).toBe(0);
});

test('a message that is sent back is a failure of the handler', () => {
  const { consumers, messages } = begin();
  const first = message(1);
  consumers.take(messages, first);
  consumers.judged(first, 'goes on');
  expect(leg('handle').inFlight).toBe(1);
  consumers.judged(first, 'again')?.(undefined);
  expect(leg('handle')).toMatchObject({ inFlight: 0, condition: { failures: 1 } });
});

test('what is no message of JetStream is counted, raises nothing and inherits no position', () => {
  const { consumers, messages } = begin();
  consumers.take(messages, message(5));
  const foreign = {
    didAck: false,
    get info(): never {
      throw new Error('not a jetstream message');
    },
  } as unknown as JetStreamMessage;
  for (const garbage of [foreign, message(-1), message(Number.NaN), message('6'), message(2 ** 60)])
    consumers.take(messages, garbage);
  const { ports } = tracked.current.board;
  expect(ports[PortCell.MESSAGES]).toBe(6);
  expect(ports[PortCell.UNPOSITIONED]).toBe(5);
});

test('a loop that asks for the next message lets those before it go, and who acknowledges late has let nothing go', () => {
  const { consumers, messages } = begin();
  const [first, second] = [message(1), message(2)];
  const passed = (count: number): void => {
    Object.assign(messages, { processed: count });
    consumers.asked(messages);
  };
  consumers.take(messages, first);
  consumers.take(messages, second);
  passed(0);
  expect(leg('handle').inspect()).toMatchObject({ letGo: false, awaits: true });
  passed(1);
  expect(leg('handle').inspect()).toMatchObject({ letGo: true, awaits: false, callbackOutstanding: true });
  consumers.judged(first, 'done')?.(undefined);
  expect(leg('handle').inspect().letGo, 'the second one is being looked at').toBe(false);
  passed(2);
  expect(leg('handle').inspect().letGo).toBe(true);
  consumers.take(messages, message(2));
  expect(leg('handle').inspect().letGo, 'it has come again').toBe(false);
});

test('a callback has let its message go when it has returned, and when what it gave has settled', async () => {
  const consumers = new JetStreamConsumers(tracked.current.graph);
  const waiting: (() => void)[] = [];
  // biome-ignore lint/suspicious/noThenProperty: a promise of another kind
  const answers: unknown[] = [undefined, new Promise<void>((resolve) => waiting.push(resolve)), { then: () => {} }];
  const callback = (): unknown => answers.shift();
  const messages: ConsumerMessages = { ...messagesOf('explicit'), callback };
  // It is met when it begins, and when the program hands it in.
  for (const _ of ['begins', 'is handed in']) consumers.begin(messages, () => undefined);
  expect(leg('handle').inspect().functions).toEqual([callback]);
  const give = (sequence: number): JetStreamMessage => {
    const one = message(sequence);
    consumers.take(messages, one);
    (messages.callback as (one: JetStreamMessage) => unknown)(one);
    return one;
  };
  const letGo = (): boolean | undefined => leg('handle').inspect().letGo;
  const first = give(1);
  expect(letGo()).toBe(true);
  consumers.judged(first, 'done')?.(undefined);
  const second = give(2);
  expect(letGo()).toBe(false);
  waiting.shift()?.();
  await Promise.resolve();
  expect(letGo()).toBe(true);
  consumers.judged(second, 'done')?.(undefined);
  give(3);
  expect(letGo(), 'nobody knows when something else that can be waited for is done').toBe(false);
});

test('a consumer that the server does not have any more is refused until it is there again', () => {
  const { consumers, messages } = begin();
  const fetch = leg('fetch');
  const told = (type: string): void => consumers.told(messages, { type });
  for (const type of ['next', 'debug', 'heartbeats_missed', 'heartbeat']) told(type);
  expect(fetch).toMatchObject({ inFlight: 0, condition: { failures: 0 } });
  told('consumer_deleted');
  told('consumer_not_found');
  expect(fetch).toMatchObject({ inFlight: 1, condition: { failures: 2, lastFailure: 'consumer not found' } });
  told('heartbeat');
  expect(fetch.inFlight).toBe(0);
  told('stream_not_found');
  consumers.take(messages, message(3));
  expect(fetch.inFlight).toBe(0);
});

test('a consumer that acknowledges nothing is left alone: nobody knows when its messages are done with', () => {
  const consumers = new JetStreamConsumers(tracked.current.graph);
  const messages = messagesOf('none');
  consumers.begin(messages, () => undefined);
  consumers.take(messages, message(1));
  expect(tracked.current.graph.operators).toEqual([]);
});

test('a loop in a generator has its output blocked while nobody takes what that gives', async () => {
  const { consumers, messages } = begin();
  async function* given(): AsyncGenerator<JetStreamMessage> {
    for (let sequence = 1; ; sequence++) yield message(sequence);
  }
  const iterator = given();
  const taken: (() => void)[] = [];
  async function* lines(): AsyncGenerator<object> {
    consumers.looped(messages, followOtherwise(iterator, tracked.current.graph.nowMs()));
    for await (const one of iterator) {
      consumers.take(messages, one);
      yield { one };
    }
  }
  const ledger = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write: (_line, _encoding, done) => void taken.push(done),
  });
  void pipeline(Readable.from(lines(), { highWaterMark: 1 }), ledger, () => {});
  await settle();
  tracked.current.beat();
  await settle();
  const handle = leg('handle');
  leg('fetch').state();
  expect(handle.state()).toBe(OperatorState.BACKPRESSURED);
  expect(handle.outputs.map(({ target }) => target.name)).toContain('lines');
  ledger.destroy();
});
