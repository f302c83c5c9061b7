import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { lifecycle } from '../../../contract/store.contract.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

async function openStore(): Promise<{ store: Store; clock: FakeClock; dropped: () => number }> {
  let dropped = 0;
  const clock = new FakeClock();
  const store = createMemoryStore({
    clock,
    limits: { characters: 10_000 },
    onDrop: (count) => {
      dropped += count;
    },
  });
  await store.open();
  return { store, clock, dropped: () => dropped };
}

test('a log of few large entries is bounded too: the oldest go, counted, and offsets rise on', async () => {
  const { store, dropped } = await openStore();
  const origin = { job: 'index', worker: 'w1', session: 's1' };
  for (let number = 1; number <= 100; number += 1)
    await store.appendEvents(origin, [lifecycle(number, 'x'.repeat(900))]);
  const kept = await store.readLog(0, 1000);
  expect(JSON.stringify(kept.map(({ payload }) => payload)).length).toBeLessThan(12_000);
  expect(kept.at(-1)?.offset).toBe(99);
  expect(kept.length + dropped()).toBe(100);
});

test('a few large snapshots are bounded too, and the newest stays', async () => {
  const { store, clock, dropped } = await openStore();
  for (let round = 0; round < 50; round += 1) {
    clock.advance(1000);
    await store.saveSnapshot('w1', 'index', clock.unixMs(), { round, text: 'x'.repeat(900) });
  }
  expect(await store.snapshot('w1', clock.unixMs())).toMatchObject({ snapshot: { round: 49 } });
  expect(await store.snapshot('w1', clock.unixMs() - 15_000)).toBeUndefined();
  expect(dropped()).toBeGreaterThan(35);
});
