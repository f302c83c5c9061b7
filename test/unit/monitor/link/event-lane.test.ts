import type { Event } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { createEventLane, type EventLane } from '../../../../monitor/src/link/event-lane.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { lifecycle } from '../../../contract/store.contract.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const origin = { job: 'index', worker: 'w1', session: 's1' };

/** A lane whose store answers when the test says so. */
function laneUnderTest(): {
  lane: EventLane;
  clock: FakeClock;
  told: string[];
  writes: { numbers: number[]; succeed: () => Promise<void>; fail: () => Promise<void> }[];
} {
  const clock = new FakeClock();
  const told: string[] = [];
  const writes: ReturnType<typeof laneUnderTest>['writes'] = [];
  const appendEvents = (_: unknown, events: readonly Event[]): Promise<readonly Event[]> =>
    new Promise((resolve, reject) => {
      const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
      writes.push({
        numbers: events.map(({ number }) => Number(number)),
        succeed: () => {
          resolve(events);
          return turn();
        },
        fail: () => {
          reject(new Error('disk full'));
          return turn();
        },
      });
    });
  const lane = createEventLane({
    store: { appendEvents } as unknown as Store,
    origin,
    clock,
    onStored: ({ number }) => told.push(`stored ${number}`),
    onCommitted: (numbers) => told.push(`committed ${[...numbers.values()]}`),
    onFailed: () => told.push('failed'),
    onDropped: () => told.push('dropped'),
    onOverflow: () => told.push('overflow'),
  });
  return { lane, clock, told, writes };
}

describe('the lane of events of a connection', () => {
  test('writes what has arrived meanwhile as one batch, one write at a time', async () => {
    const { lane, told, writes } = laneUnderTest();
    for (const number of [1, 2, 3]) lane.push(lifecycle(number));
    expect(writes.map(({ numbers }) => numbers)).toEqual([[1]]);
    await writes[0]?.succeed();
    expect(writes.map(({ numbers }) => numbers)).toEqual([[1], [2, 3]]);
    await writes[1]?.succeed();
    expect(told).toEqual(['stored 1', 'committed 1', 'stored 2', 'stored 3', 'committed 3']);
  });

  test('tries the same batch again after a second, and nothing later before it', async () => {
    const { lane, clock, told, writes } = laneUnderTest();
    lane.push(lifecycle(1));
    await writes[0]?.fail();
    lane.push(lifecycle(2));
    clock.advance(950);
    expect(writes).toHaveLength(1);
    clock.advance(50);
    expect(writes.map(({ numbers }) => numbers)).toEqual([[1], [1]]);
    await writes[1]?.succeed();
    expect(writes[2]?.numbers).toEqual([2]);
    expect(told).toEqual(['failed', 'stored 1', 'committed 1']);
  });

  test('after one drop takes nothing more, since a later number would vouch for the dropped one', async () => {
    const { lane, told, writes } = laneUnderTest();
    for (let number = 1; number <= 2002; number += 1) lane.push(lifecycle(number));
    expect(told).toEqual(['dropped']);
    await writes[0]?.succeed();
    lane.push(lifecycle(2003));
    await writes[1]?.succeed();
    expect(writes.flatMap(({ numbers }) => numbers)).toEqual(Array.from({ length: 2001 }, (_, index) => index + 1));
    expect(told.filter((text) => !text.startsWith('stored'))).toEqual([
      'dropped',
      'committed 1',
      'dropped',
      'committed 2001',
      'overflow',
    ]);
  });

  test('settles when nothing waits, and when it is stopped in the middle of a retry', async () => {
    const { lane, writes } = laneUnderTest();
    await lane.settled();
    lane.push(lifecycle(1));
    const settled = lane.settled();
    await writes[0]?.fail();
    lane.stop();
    await settled;
    expect(writes).toHaveLength(1);
  });
});
