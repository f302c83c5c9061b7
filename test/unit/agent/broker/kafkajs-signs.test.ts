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
