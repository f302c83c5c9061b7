import { expect, test } from 'vitest';
import { AmqpConsumers } from '../../../../agent/src/amqp/amqplib-consumers.ts';
import type { AmqpChannel, AmqpMessage } from '../../../../agent/src/amqp/amqplib-types.ts';
import { ChannelEnds } from '../../../../agent/src/amqp/channel-ends.ts';
import { newHistory, TRAFFIC, Traffic } from '../../../../agent/src/connection/traffic.ts';
import type { ExplicitOperator } from '../../../../agent/src/operator/explicit-operator.ts';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const leg = (name: string): ExplicitOperator => tracked.current.named(`orders ${name}`) as never;
const message = (deliveryTag: number): AmqpMessage => ({ fields: { deliveryTag, exchange: '', routingKey: 'orders' } });
const subscription = { queue: 'orders', handler: undefined, locate: () => undefined };

function subscribe(): { readonly ends: ChannelEnds; readonly consumers: AmqpConsumers; readonly channel: AmqpChannel } {
  const ends = new ChannelEnds();
  const consumers = new AmqpConsumers(tracked.current.graph, ends);
  const channel = { connection: {} };
  consumers.subscribe(channel, 'one', subscription);
  return { ends, consumers, channel };
}

test('a message is with the handler until it is judged, alone, with all before it, or with all that are open', () => {
  const { consumers, channel } = subscribe();
  const messages = [1, 2, 3, 4, 5].map(message);
  for (const each of messages) consumers.take(channel, 'one', each);
  expect(leg('handle').oldest()?.key).toBe('orders#1@1');
  consumers.judge(channel, messages[4], false, 'done')(undefined);
  expect([leg('handle').inFlight, leg('handle').completed, leg('commit').done]).toEqual([4, 0, 1]);
  consumers.judge(channel, messages[1], true, 'done')(undefined);
  expect([leg('handle').inFlight, leg('handle').completed, leg('commit').done]).toEqual([2, 2, 3]);
  consumers.judge(channel, undefined, true, 'sent back')(undefined);
  expect([leg('handle').inFlight, leg('commit').done]).toEqual([0, 5]);
  expect(leg('handle').condition).toMatchObject({ failures: 2, lastFailure: 'the message was sent back' });
});

test('a channel that is lost cuts the consumer off and gives its messages back; a new one of the same queue goes on', () => {
  const { consumers, channel } = subscribe();
  const first = message(1);
  consumers.take(channel, 'one', first);
  consumers.close(channel, 'Heartbeat timeout');
  leg('fetch').state();
  expect(leg('handle').inFlight).toBe(0);
  expect(leg('fetch').condition.disconnectedSinceMs).toBeGreaterThan(0);
  expect(leg('fetch').condition.lastFailure).toBe('Heartbeat timeout');
  // Its handler knows nothing of this, and acknowledges.
  consumers.judge(channel, first, false, 'done')(new Error('Channel closed'));
  expect(leg('commit')).toMatchObject({ inFlight: 1, condition: { lastFailure: 'Channel closed' } });
  const next = { connection: {} };
  consumers.subscribe(next, 'two', subscription);
  leg('fetch').state();
  expect(leg('fetch').condition.disconnectedSinceMs).toBe(0);
  const again = message(1);
  consumers.take(next, 'two', again);
  expect(leg('handle').oldest()?.key).toBe('orders#2@1');
  consumers.judge(next, again, false, 'done')(undefined);
  expect(leg('commit').inFlight).toBe(0);
  expect(tracked.current.graph.operators).toHaveLength(4);
});

test('a channel that the program closes, or whose connection it closes, is missed by nobody', () => {
  const { ends, consumers, channel } = subscribe();
  ends.leave(channel.connection ?? {});
  consumers.close(channel, 'Connection closed (by client)');
  expect(leg('fetch').condition.failures).toBe(0);
  tracked.current.beat();
  tracked.current.beat();
  expect(tracked.current.graph.operators).toEqual([]);
});

test('a consumer that is cancelled stays until its handler is done; one that the broker cancels is cut off', () => {
  const { consumers, channel } = subscribe();
  const first = message(1);
  consumers.take(channel, 'one', first);
  consumers.unsubscribe(channel, 'one', 'the program');
  tracked.current.beat();
  expect(leg('fetch').condition.pauseReason).toBe('the program has cancelled the consumer');
  consumers.judge(channel, first, false, 'done')(undefined);
  tracked.current.beat();
  tracked.current.beat();
  expect(tracked.current.graph.operators).toEqual([]);
  consumers.subscribe(channel, 'three', subscription);
  consumers.unsubscribe(channel, 'three', 'the broker');
  leg('fetch').state();
  expect(leg('fetch').condition.disconnectedSinceMs).toBeGreaterThan(0);
});

test('to take again is left to the program where the broker has closed the channel, or answers others of the process', () => {
  const given = (queue: string, reason: string, answersLater: number): unknown[] => {
    const consumers = new AmqpConsumers(tracked.current.graph, new ChannelEnds());
    const history = newHistory('10.0.0.1:5672');
    const stream = { [TRAFFIC]: new Traffic(history, 0) };
    const channel = { connection: { stream } };
    consumers.subscribe(channel, 'one', { ...subscription, queue });
    consumers.close(channel, reason);
    history.answers += answersLater;
    const fetch = tracked.current.named(`${queue} fetch`) as ExplicitOperator;
    fetch.state();
    const { givenUp, leftToProgram } = fetch.condition;
    consumers.subscribe({ connection: {} }, 'two', { ...subscription, queue });
    fetch.state();
    return [givenUp, leftToProgram, fetch.condition.givenUp];
  };
  expect(given('orders', 'Channel closed by server: 406 (PRECONDITION-FAILED)', 0)).toEqual([true, true, false]);
  expect(given('invoices', 'Socket error', 0), 'the broker may be away').toEqual([false, false, false]);
  expect(given('refunds', 'Socket error', 2), 'the broker is back').toEqual([true, true, false]);
});

test('a message whose handler has returned or failed is let go, until it is judged', () => {
  const { consumers, channel } = subscribe();
  const [first, second] = [message(1), message(2)];
  for (const each of [first, second]) consumers.take(channel, 'one', each);
  consumers.letGo(second);
  expect(leg('handle').inspect().letGo, 'the first one is being worked on').toBe(false);
  consumers.letGo(first, new Error('no such account'));
  expect(leg('handle').inspect()).toMatchObject({ letGo: true, awaits: false });
  expect(leg('handle').condition).toMatchObject({ failures: 1, lastFailure: 'no such account' });
  consumers.judge(channel, undefined, true, 'done')(undefined);
  expect(leg('handle').inspect().letGo).toBe(false);
});
