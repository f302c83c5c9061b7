import { expect, test } from 'vitest';
import { ConsumerLegs } from '../../../../agent/src/broker/consumer-legs.ts';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const channel = { system: 'bullmq', name: 'orders', partition: '' };
const message = (id: number) => ({ key: `orders@${id}`, position: { major: id, minor: 0 } });

function open(): { readonly legs: ConsumerLegs; readonly passed: string[] } {
  const legs = ConsumerLegs.open(tracked.current.graph, { name: 'orders', location: undefined });
  if (legs === undefined) throw new Error('the board is full');
  const passed: string[] = [];
  tracked.current.onPass = ({ name }) => passed.push(name);
  return { legs, passed };
}

test('messages that reach the handler in another order than they came let no marker pass before the first of them', () => {
  const { legs, passed } = open();
  legs.fetched(channel, [message(1), message(2)]);
  tracked.current.beat();
  expect(passed).toEqual(['orders fetch']);
  legs.delivered([message(2)]);
  expect(passed).toEqual(['orders fetch']);
  legs.delivered([message(1)]);
  expect(passed).toEqual(['orders fetch', 'orders deliver']);
  const commits = legs.handled(['orders@2', 'orders@1']);
  expect(passed).toEqual(['orders fetch', 'orders deliver', 'orders handle']);
  legs.committed(commits);
  expect(passed).toEqual(['orders fetch', 'orders deliver', 'orders handle', 'orders commit']);
});

test('a message that nobody is given does not hold up those behind it for ever', () => {
  const { legs } = open();
  legs.fetched(channel, [message(1), message(2)]);
  legs.given('orders@1');
  legs.given('orders@1');
  expect([legs.deliver.completed, legs.deliver.inFlight, legs.handling]).toEqual([1, 1, 0]);
  // It comes again before anybody has noticed that it was lost.
  legs.fetched(channel, [message(2)]);
  expect([legs.deliver.completed, legs.deliver.inFlight]).toEqual([2, 1]);
  legs.delivered([message(2)]);
  expect([legs.deliver.inFlight, legs.handling]).toEqual([0, 1]);
});
