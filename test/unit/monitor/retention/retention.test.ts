import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../../monitor/src/log.ts';
import type { WorkerView } from '../../../../monitor/src/progress-monitor.ts';
import { createRetention, type Retention } from '../../../../monitor/src/retention/retention.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { lifecycle, SettableClock } from '../../../contract/store.contract.ts';

function view(worker: string, changes: Partial<WorkerView> = {}): WorkerView {
  return {
    worker,
    job: 'index',
    state: 'connected',
    session: 's1',
    pid: 1,
    host: 'here',
    runtimeVersion: '',
    agentVersion: '',
    connectedAt: null,
    reportAgeMs: null,
    loop: null,
    drops: {},
    clockSpreadMs: null,
    operators: [],
    ...changes,
  };
}

describe('retention', () => {
  let clock: SettableClock;
  let store: Store;
  let views: WorkerView[];
  let logged: string[];
  let retention: Retention;
  beforeEach(async () => {
    clock = new SettableClock();
    store = createMemoryStore({ clock });
    await store.open();
    views = [];
    logged = [];
    retention = createRetention({
      store,
      progressMonitor: { workers: () => views },
      clock,
      log: { ...silentLogger, oncePerMinute: (_, message) => void logged.push(message) },
      retentionMs: 60_000,
    });
  });
  afterEach(() => retention.close());

  test('deletes what is older than its time and keeps the rest', async () => {
    const origin = { job: 'index', worker: 'w1', session: 's1' };
    await store.appendEvents(origin, [lifecycle(1)]);
    clock.nowUnixMs += 60_000;
    await store.appendEvents(origin, [lifecycle(2)]);
    await retention.prune();
    expect(await store.readLog(0, 10)).toHaveLength(2);
    clock.nowUnixMs += 1;
    await retention.prune();
    expect(await store.readLog(0, 10)).toHaveLength(1);
  });

  test('stores the state of connected workers each time, and of one that is gone once', async () => {
    views = [view('w1'), view('w2', { state: 'lost' })];
    await retention.takeSnapshots();
    const first = clock.nowUnixMs;
    clock.nowUnixMs += 60_000;
    await retention.takeSnapshots();
    expect((await store.snapshot('w1', clock.nowUnixMs))?.at).toBe(new Date(clock.nowUnixMs).toISOString());
    expect((await store.snapshot('w2', clock.nowUnixMs))?.at).toBe(new Date(first).toISOString());
  });

  test('stores the last state of a worker that goes', async () => {
    views = [view('w1')];
    await retention.takeSnapshots();
    clock.nowUnixMs += 60_000;
    views = [view('w1', { state: 'left' })];
    await retention.takeSnapshots();
    expect(await store.snapshot('w1', clock.nowUnixMs)).toMatchObject({ snapshot: { state: 'left' } });
  });

  test('goes on after a failure of the store, and says so', async () => {
    views = [view('w1')];
    await store.close();
    await retention.takeSnapshots();
    await retention.prune();
    expect(logged).toHaveLength(2);
    await store.open();
    await retention.takeSnapshots();
    expect(await store.snapshot('w1', clock.nowUnixMs)).toBeDefined();
  });
});
