import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { KafkaLegs } from '../../../../agent/src/broker/kafka-legs.ts';
import { KafkajsSigns } from '../../../../agent/src/broker/kafkajs-signs.ts';
import type { KafkajsConsumer } from '../../../../agent/src/broker/kafkajs-types.ts';
import { stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

/** The events of a consumer, given by the test. */
function open() {
  const legs = KafkaLegs.add(tracked.current.graph, 'billing', () => []);
  if (legs === undefined) throw new Error('the board is full');
  const told = new EventEmitter();
  const names = ['GROUP_JOIN', 'REBALANCING', 'START_BATCH_PROCESS', 'END_BATCH_PROCESS', 'CRASH'];
  const consumer = {
    events: Object.fromEntries(names.map((name) => [name, name])),
    on: (name: string, listener: (event: { payload: unknown }) => void) => {
      told.on(name, (payload) => listener({ payload }));
      return () => told.removeAllListeners(name);
    },
    paused: () => [],
  } as unknown as KafkajsConsumer;
  new KafkajsSigns(tracked.current.graph, consumer, legs, true);
  return { legs, tell: (name: string, payload: object = {}) => told.emit(name, payload) };
}

test('while a group is divided anew neither fetching nor committing stands, and both go on after it', () => {
  const { legs, tell } = open();
  const joined = { memberAssignment: { orders: [0] } };
  tell('GROUP_JOIN', joined);
  tell('REBALANCING');
  expect([stateOf(legs.fetch), stateOf(legs.commit)]).toEqual(['PAUSED', 'PAUSED']);
  expect(legs.commit.condition.pauseReason).toBe('rebalancing');
  tell('GROUP_JOIN', joined);
  expect(legs.commit.condition.pauseReason).toBeUndefined();
  tell('REBALANCING');
  tell('CRASH', { error: new Error('the coordinator is gone'), restart: true });
  expect([legs.fetch.condition.pauseReason, legs.commit.condition.pauseReason]).toEqual([undefined, undefined]);
});

test('a consumer that has crashed and does not begin again is given up, until it joins a group once more', () => {
  const { legs, tell } = open();
  tell('GROUP_JOIN', { memberAssignment: { orders: [0] } });
  tell('CRASH', { error: new Error('not authorised'), restart: false });
  expect(legs.fetch.condition).toMatchObject({ givenUp: true, lastFailure: 'not authorised' });
  expect(legs.fetch.condition.disconnectedSinceMs).toBeGreaterThan(0);
  tell('GROUP_JOIN', { memberAssignment: { orders: [0] } });
  expect(legs.fetch.condition).toMatchObject({ givenUp: false, disconnectedSinceMs: 0 });
});

test('a consumer that its handler has ended has lost no connection: it is the handler that is over', () => {
  const { legs, tell } = open();
  tell('GROUP_JOIN', { memberAssignment: { orders: [0, 1] } });
  const [first, second] = [new TypeError('no customer'), new TypeError('no price')];
  for (const error of [first, second]) legs.handler.threw(error.message, error);
  // The client makes an error of its own of what was thrown first.
  tell('CRASH', { error: new Error('it cannot be tried again', { cause: first }), restart: false });
  expect(legs.fetch.condition).toMatchObject({ givenUp: false, disconnectedSinceMs: 0 });
  expect(legs.handler.operator.condition.givenUp).toBe(true);
  expect(legs.handler.operator.inspect().failureStack).toMatch(/no customer/);
  tell('GROUP_JOIN', { memberAssignment: { orders: [0, 1] } });
  expect(legs.handler.operator.condition.givenUp, 'it runs again').toBe(false);
});

test('how often the oldest message has come again is told until it is done with', () => {
  const { legs } = open();
  const { handler } = legs;
  const [oldest, next] = [handler.begin('orders/0', 1), handler.begin('orders/0', 2)];
  for (let round = 0; round < 3; round++) {
    handler.failed('orders/0', 1, oldest);
    handler.failed('orders/0', 2, next);
    expect([handler.begin('orders/0', 1), handler.begin('orders/0', 2)]).toEqual([oldest, next]);
  }
  expect(handler.operator.inspect().repeats).toBe(3);
  handler.operator.finishRecord(oldest);
  expect(handler.operator.inspect().repeats).toBe(0);
});
