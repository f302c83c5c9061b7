import { expect, test } from 'vitest';
import { OffsetOperator } from '../../../../agent/src/broker/offset-operator.ts';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

function open(): OffsetOperator {
  const { graph } = tracked.current;
  return graph.add(
    { name: 'deliver', kind: 'transform', unit: 'records', location: undefined },
    (identity) => new OffsetOperator(identity, graph),
  ) as OffsetOperator;
}

test('what is replayed is no progress of what came after it', () => {
  const deliver = open();
  deliver.receive('orders/0', 4, 5);
  deliver.finishUntil('orders/0', 4, 5);
  deliver.receive('orders/0', 6, 2);
  tracked.current.beat();
  const { epoch } = tracked.current.graph;
  deliver.receive('orders/0', 8, 2);
  // Offsets of long ago come again, before those that were received last.
  for (const offset of [1, 2, 3, 4]) deliver.finishUntil('orders/0', offset);
  expect(deliver.completed).toBe(5);
  expect(deliver.low).toBeLessThan(epoch);
  deliver.finishUntil('orders/0', 5);
  deliver.finishUntil('orders/0', 6);
  expect(deliver.completed).toBe(7);
  expect(deliver.low).toBe(epoch);
});
