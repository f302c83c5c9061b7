import { createRequire } from 'node:module';
import { beforeEach, expect, test } from 'vitest';
import { PortCell } from '../../../../agent/src/board/layout.ts';
import type { ExplicitOperator } from '../../../../agent/src/operator/explicit-operator.ts';
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
  sendToQueue(queue: string, content: Buffer, options?: object): boolean;
  closeBecause(reason: string, code: number): void;
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
type Headers = Readonly<Record<string, unknown>>;
interface Model {
  readonly Channel: new (connection: object) => Channel;
  readonly ConfirmChannel: new (connection: object) => Channel;
}

const require = createRequire(import.meta.url);
const library = require.resolve('amqplib').replace('channel_api.js', 'lib/');
const tracked = trackEachTest();
const leg = (name: string): ExplicitOperator | undefined => tracked.current.named(name) as never;
const content = Buffer.from('x');

let model: Model;
let defs: Readonly<Record<string, number>>;

beforeEach(() => {
  sent.length = 0;
  model = load();
  defs = require(`${library}defs.js`);
});

function forget(): void {
  for (const file of Object.keys(require.cache)) if (file.startsWith(library)) delete require.cache[file];
}

/** A copy of the library of its own. */
function load(): Model {
  forget();
  require(`${library}connection.js`);
  return require(`${library}channel_model.js`);
}

/** Headers of what was published, as the broker would see them. */
const sent: Headers[] = [];

function connection(): object {
  const sendMessage = (
    _channel: number,
    _method: number,
    _fields: object,
    _class: number,
    { headers }: { headers: Headers },
  ) => {
    const all: Record<string, unknown> = {};
    // As the library writes them: inherited ones as well.
    for (const name in headers) all[name] = headers[name];
    sent.push(all);
    return true;
  };
  return { sendMethod: () => {}, sendMessage, releaseChannel: () => {}, freshChannel: () => 1 };
}

const markOf = (headers: Headers | undefined): readonly [string, number] => {
  const [giver = '', count] = String(headers?.['x-streamgauge']).split(':');
  return [giver, Number(count)];
};

/** Partition, newest position, messages and those without a position, of each port of a leg. */
function portsOf(name: string): readonly (readonly [string, number | undefined, number, number])[] {
  const { graph, board } = tracked.current;
  return graph.ports.of(leg(name) as never).map(({ channel, position, slot }) => {
    const base = slot * PortCell.STRIDE;
    const count = (cell: number): number => board.ports[base + cell] as number;
    return [channel.partition, position?.major, count(PortCell.MESSAGES), count(PortCell.UNPOSITIONED)];
  });
}

/** Subscribes as the broker would have it, and gives what makes a message come. */
async function consume(channel: Channel, handler: (message: Message) => unknown, options = {}) {
  const subscribed = channel.consume('orders', handler as never, options);
  channel.accept({ id: defs.BasicConsumeOk as number, fields: { consumerTag: 'one' } });
  await subscribed;
  let tag = 0;
  return (headers?: object, more?: object): void => {
    const fields = { deliveryTag: ++tag, consumerTag: 'one', exchange: '', routingKey: 'orders', ...more };
    channel.emit('delivery', { fields, properties: { headers }, content });
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
    const copy = load();
    forget();
    return copy;
  });
  const channel = new unknown.Channel(connection());
  channel.sendToQueue('orders', content);
  expect(leg('orders produce')).toBeUndefined();
  const { instrument } = tracked.current;
  expect([instrument(channel), instrument(channel)]).toEqual([true, true]);
  channel.sendToQueue('orders', content);
  expect(leg('orders produce')?.done).toBe(1);
});

test('what goes to a queue is counted by a header, and nothing that the program gave is touched', () => {
  const channel = new model.Channel(connection());
  const headers = Object.freeze({ tenant: 'a' });
  const options = Object.freeze({ headers, persistent: true });
  channel.sendToQueue('orders', content, options);
  channel.sendToQueue('orders', content);
  const [giver, first] = markOf(sent[0]);
  expect([giver, first, sent[0]?.tenant]).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), 1, 'a']);
  expect(markOf(sent[1])).toEqual([giver, 2]);
  expect(portsOf('orders produce')).toEqual([[giver, 2, 2, 0]]);
  // Neither taken in order, nor certain to come, nor to one queue alone; and a mark that a program hands on is another message's.
  for (const each of [{ priority: 3 }, { expiration: 1000 }, { CC: 'bills' }])
    channel.sendToQueue('orders', content, { headers: sent[0], ...each });
  channel.publish('events', 'orders', content, { headers: sent[0] });
  expect(sent.slice(2).map((each) => each['x-streamgauge'])).toEqual(['', '', '', '']);
  expect(portsOf('orders produce')).toEqual([
    [giver, 2, 2, 0],
    ['', undefined, 3, 3],
  ]);
  channel.publish('events', 'orders', content, { headers });
  expect(sent.at(-1)).toEqual({ tenant: 'a' });
});

test('of a fast flow only some have the header, and its count is that of all', () => {
  const channel = new model.Channel(connection());
  for (let number = 0; number < 200; number++) channel.sendToQueue('orders', content);
  const counts = (): number[] => sent.flatMap((headers) => ('x-streamgauge' in headers ? markOf(headers)[1] : []));
  const first = Array.from({ length: 16 }, (_, index) => index + 1);
  expect(counts()).toEqual([...first, 64, 128, 192]);
  tracked.current.beat();
  channel.sendToQueue('orders', content);
  expect(counts().at(-1)).toBe(201);
  const [giver] = markOf(sent[0]);
  expect(portsOf('orders produce')).toEqual([
    [giver, 201, 20, 0],
    ['', undefined, 181, 181],
  ]);
});

test('one channel is counted at a time: one that is closed hands on its count, one that is lost takes it along', () => {
  const [one, two, three] = [1, 2, 3].map(() => new model.Channel(connection())) as [Channel, Channel, Channel];
  one.sendToQueue('orders', content);
  two.sendToQueue('orders', content);
  const [giver] = markOf(sent[0]);
  expect([markOf(sent[0])[1], sent[1]]).toEqual([1, {}]);
  one.closeBecause('Goodbye', 200);
  two.sendToQueue('orders', content);
  expect(sent[2]).toEqual({});
  one.toClosed('Stack capture: ChannelCloseOk frame received');
  two.sendToQueue('orders', content);
  expect(markOf(sent[3])).toEqual([giver, 2]);
  two.toClosed('Stack capture: Socket error');
  three.sendToQueue('orders', content);
  const [next, count] = markOf(sent[4]);
  expect(count).toBe(1);
  expect(next).not.toBe(giver);
  expect(portsOf('orders produce').map(([partition]) => partition)).toEqual(['', next]);
});

test('a mark is a position where it belongs, and nothing else is one', async () => {
  const channel = new model.Channel(connection());
  const deliver = await consume(channel, () => {});
  const mark = (count: unknown): object => ({ 'x-streamgauge': `0123456789ab:${count}` });
  deliver(mark(7));
  deliver(mark(8));
  expect(portsOf('orders fetch')).toEqual([['0123456789ab', 8, 2, 0]]);
  deliver(mark(9), { redelivered: true });
  deliver(mark(9), { routingKey: 'bills' });
  for (const garbage of [-1, '1e3', 2 ** 60, '9 ', '']) deliver(mark(garbage));
  deliver({ 'x-streamgauge': 7 });
  deliver();
  const [first, ...others] = portsOf('orders fetch');
  expect(first).toEqual(['0123456789ab', 8, 2, 0]);
  for (const [partition, position] of others) expect([partition, position]).toEqual(['', undefined]);
  expect(others.reduce((sum, [, , messages]) => sum + messages, 0)).toBe(9);
});

test('more givers than are followed take no room from the others, until these have been silent', async () => {
  const channel = new model.Channel(connection());
  const deliver = await consume(channel, () => {});
  const mark = (giver: number): object => ({ 'x-streamgauge': `${giver.toString(16).padStart(12, '0')}:1` });
  for (let giver = 0; giver < 33; giver++) deliver(mark(giver));
  const marked = (): number => portsOf('orders fetch').filter(([partition]) => partition !== '').length;
  expect([marked(), portsOf('orders fetch').find(([partition]) => partition === '')?.[3]]).toEqual([32, 1]);
  tracked.current.board.clock[0] = (tracked.current.board.clock[0] as number) + 60_000;
  deliver(mark(33));
  expect(marked()).toBe(1);
});
