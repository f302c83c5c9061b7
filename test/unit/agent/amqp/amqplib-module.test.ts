import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followAmqplib } from '../../../../agent/src/amqp/amqplib-module.ts';
import type { KnownPackage } from '../../../../agent/src/load/commonjs.ts';
import type { ExplicitOperator } from '../../../../agent/src/operator/explicit-operator.ts';
import { Patches } from '../../../../agent/src/stream/patch.ts';
import { settle, trackEachTest, unseen } from '../stream/tracked.ts';

// The channels of the library itself; only the connection below them is not there, so that nothing is sent and a test is the broker.
interface Channel {
  publish(
    exchange: string,
    key: string,
    content: Buffer,
    options?: object,
    callback?: (error: unknown) => void,
  ): boolean;
  sendToQueue(queue: string, content: Buffer): boolean;
  consume(queue: string, handler: (message: Message | null) => unknown, options?: object): Promise<unknown>;
  ack(message: Message): void;
  accept(frame: { readonly id: number; readonly fields: object }): void;
  emit(event: string, ...rest: unknown[]): boolean;
  toClosed(stack: string): void;
  on(event: string, listener: (...args: unknown[]) => void): void;
}
interface Message {
  readonly fields: { readonly deliveryTag: number; readonly consumerTag: string };
}
interface Model {
  readonly Channel: new (connection: object) => Channel;
  readonly ConfirmChannel: new (connection: object) => Channel;
}

const require = createRequire(import.meta.url);
const library = require.resolve('amqplib').replace('channel_api.js', 'lib/');
const tracked = trackEachTest();
const leg = (name: string): ExplicitOperator | undefined => tracked.current.named(name) as never;
const content = Buffer.from('x');

let patches: Patches;
let followed: KnownPackage;
let model: Model;
let defs: Readonly<Record<string, number>>;

beforeEach(() => {
  const forget = (): void => {
    for (const file of Object.keys(require.cache)) if (file.startsWith(library)) delete require.cache[file];
  };
  model = unseen(tracked, () => {
    forget();
    return require(`${library}channel_model.js`) as Model;
  });
  defs = require(`${library}defs.js`);
  patches = new Patches();
  followed = followAmqplib(patches, tracked.current.graph);
  for (const name of ['connection', 'channel', 'channel_model']) {
    const file = `${library}${name}.js`;
    expect(file).toMatch(followed.file);
    followed.loaded(require(file), file, () => ({}));
  }
  forget();
});

afterEach(() => patches.restore());

function connection(): object {
  return { sendMethod: () => {}, sendMessage: () => true, releaseChannel: () => {}, freshChannel: () => 1 };
}

/** Subscribes as the broker would have it, and gives what makes a message come. */
async function consume(channel: Channel, handler: (message: Message) => unknown, options = {}) {
  const subscribed = channel.consume('orders', handler as never, options);
  channel.accept({ id: defs.BasicConsumeOk as number, fields: { consumerTag: 'one' } });
  await subscribed;
  let tag = 0;
  return (): void => {
    const fields = { deliveryTag: ++tag, consumerTag: 'one', exchange: '', routingKey: 'orders' };
    channel.emit('delivery', { fields, properties: {}, content });
  };
}

test('what is published is over at once, or when the broker has confirmed it', () => {
  const plain = new model.Channel(connection());
  plain.sendToQueue('orders', content);
  plain.publish('events', 'any.key', content);
  expect([leg('orders produce')?.done, leg('exchange events produce')?.done]).toEqual([1, 1]);

  const confirmed: unknown[] = [];
  const confirms = new model.ConfirmChannel(connection());
  for (let number = 0; number < 3; number++)
    confirms.publish('', 'bills', content, {}, (error) => void confirmed.push(error));
  confirms.publish('', 'bills', content);
  expect(leg('bills produce')?.inFlight).toBe(4);
  confirms.emit('ack', { deliveryTag: 2, multiple: true });
  confirms.emit('nack', { deliveryTag: 3, multiple: false });
  expect(confirmed).toEqual([null, null, new Error('message nacked')]);
  expect(leg('bills produce')).toMatchObject({
    inFlight: 1,
    condition: { failures: 1, lastFailure: 'message nacked' },
  });
  confirms.emit('ack', { deliveryTag: 4, multiple: false });
  expect(leg('bills produce')?.inFlight).toBe(0);
});

test('a channel that is closed refuses what is published, to the program as before', () => {
  const channel = new model.Channel(connection());
  channel.toClosed('Stack capture: Heartbeat timeout\n    at somewhere');
  expect(() => channel.sendToQueue('orders', content)).toThrow('Channel closed');
  expect(leg('orders produce')?.condition).toMatchObject({ failures: 1, lastFailure: 'Channel closed' });
});

test('a handler gets what it always got; what it leaves open is in its hands', async () => {
  const channel = new model.Channel(connection());
  const got: Message[] = [];
  const deliver = await consume(channel, (message) => got.push(message));
  deliver();
  deliver();
  expect(got.map(({ fields }) => fields.deliveryTag)).toEqual([1, 2]);
  expect(leg('orders handle')?.inFlight).toBe(2);
  channel.ack(got[0] as Message);
  expect([leg('orders handle')?.inFlight, leg('orders commit')?.done]).toEqual([1, 1]);
  channel.toClosed('Stack capture: Channel closed by server: 406 (PRECONDITION-FAILED)\n    at somewhere');
  expect(leg('orders handle')?.inFlight).toBe(0);
  expect(leg('orders fetch')?.condition.lastFailure).toBe('Channel closed by server: 406 (PRECONDITION-FAILED)');
  expect(() => channel.ack(got[1] as Message)).toThrow('Channel closed');
});

test('without acknowledgements a message is done with when its handler is, and a rejection stays unhandled', async () => {
  const rejected: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => rejected.push(reason));
  try {
    const channel = new model.Channel(connection());
    const held: ((error: Error) => void)[] = [];
    const deliver = await consume(channel, () => new Promise((_, reject) => held.push(reject)), { noAck: true });
    deliver();
    expect(leg('orders handle')?.inFlight).toBe(1);
    held[0]?.(new Error('no such order'));
    await settle();
    expect(leg('orders handle')).toMatchObject({ inFlight: 0, condition: { lastFailure: 'no such order' } });
    expect(rejected).toEqual([new Error('no such order')]);
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
});

test('a handler that throws throws to the library', async () => {
  const channel = new model.Channel(connection());
  const deliver = await consume(channel, () => {
    throw new Error('broken');
  });
  expect(deliver).toThrow('broken');
  expect(leg('orders handle')?.inFlight).toBe(1);
});

test('a channel that no hook has seen is followed from the call on', () => {
  const unknown = unseen(tracked, () => {
    const copy = require(`${library}channel_model.js`) as Model;
    for (const file of Object.keys(require.cache)) if (file.startsWith(library)) delete require.cache[file];
    return copy;
  });
  const late = followAmqplib(patches, tracked.current.graph);
  const channel = new unknown.Channel(connection());
  channel.sendToQueue('orders', content);
  expect(leg('orders produce')).toBeUndefined();
  expect([late.instrument?.(channel), late.instrument?.(channel)]).toEqual([true, true]);
  channel.sendToQueue('orders', content);
  expect(leg('orders produce')?.done).toBe(1);
  expect(late.instrument?.({ publish() {} })).toBeUndefined();
});
