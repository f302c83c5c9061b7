import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runAs } from '../../../../agent/src/broker/handler-context.ts';
import { ProducerLeg } from '../../../../agent/src/broker/producer-leg.ts';
import { RecordOperator } from '../../../../agent/src/operator/record-operator.ts';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

function handler(name: string): RecordOperator {
  const { graph } = tracked.current;
  const identity = { name, kind: 'function', unit: 'records', location: undefined, leg: 'handle' } as const;
  const operator = graph.add(identity, (whole) => new RecordOperator(whole, graph));
  if (operator === undefined) throw new Error('the board is full');
  return operator;
}

function producer(name: string): ProducerLeg {
  const leg = ProducerLeg.open(tracked.current.graph, name, undefined, undefined);
  if (leg === undefined) throw new Error('the board is full');
  return leg;
}

test('what a handler sends comes from it, also after it has waited, and beside another that waits as well', async () => {
  const { graph } = tracked.current;
  const [atOnce, later, other] = ['at once', 'later', 'other'].map(producer) as [ProducerLeg, ProducerLeg, ProducerLeg];
  const one = runAs(graph, handler('one handle'), async () => {
    atOnce.sent();
    await nextTurn();
    later.sent();
  });
  const two = runAs(graph, handler('two handle'), async () => {
    await nextTurn();
    other.sent();
  });
  await Promise.all([one, two]);
  expect(tracked.current.edgeNames().sort()).toEqual([
    'one handle -> at once produce',
    'one handle -> later produce',
    'two handle -> other produce',
  ]);
});

test('what nobody’s handler sends comes from nowhere', async () => {
  await runAs(tracked.current.graph, handler('one handle'), () => nextTurn());
  producer('free').sent();
  expect(tracked.current.edgeNames()).toEqual([]);
});
