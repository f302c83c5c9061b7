import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../../monitor/src/log.ts';
import { createRetention, type Retention } from '../../../../monitor/src/retention/retention.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { lifecycle } from '../../../contract/store.contract.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const origin = { job: 'index', worker: 'w1', session: 's1' };

describe('retention', () => {
  let clock: FakeClock;
  let store: Store;
  let logged: string[];
  let retention: Retention;
  beforeEach(async () => {
    clock = new FakeClock();
    store = createMemoryStore({ clock });
    await store.open();
    logged = [];
    retention = createRetention({
      store,
      clock,
      log: { ...silentLogger, oncePerMinute: (_, message) => void logged.push(message) },
      retentionMs: 60_000,
    });
  });
  afterEach(() => retention.close());

  test('deletes what is older than its time and keeps the rest', async () => {
    await store.appendEvents(origin, [lifecycle(1)]);
    clock.advance(60_000);
    await store.appendEvents(origin, [lifecycle(2)]);
    await retention.prune();
    expect(await store.readLog(0, 10)).toHaveLength(2);
    clock.advance(1);
    await retention.prune();
    expect(await store.readLog(0, 10)).toHaveLength(1);
  });

  test('goes on after a failure of the store, and says so', async () => {
    await store.appendEvents(origin, [lifecycle(1)]);
    clock.advance(60_001);
    await store.close();
    await retention.prune();
    expect(logged).toHaveLength(1);
    await store.open();
    await retention.prune();
    expect(await store.readLog(0, 10)).toEqual([]);
  });
});
