import { describe, expect, test } from 'vitest';
import { MonitorError, monitorErrorCodes } from '../../../../monitor/src/errors.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { watchStore } from '../../../../monitor/src/store/watched-store.ts';
import { lifecycle } from '../../../contract/store.contract.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const origin = { job: 'index', worker: 'w1', session: 's1' };

async function watched() {
  const clock = new FakeClock();
  const inner: Store = createMemoryStore({ clock });
  await inner.open();
  let failures = 0;
  const failing = { now: true };
  const full = async (): Promise<never> => {
    throw new MonitorError(monitorErrorCodes.storeFull, 'the disk is full');
  };
  const { appendEvents } = inner;
  inner.appendEvents = (...call) => (failing.now ? full() : appendEvents.call(inner, ...call));
  inner.saveSnapshot = async () => {
    throw new MonitorError(monitorErrorCodes.storeFull, 'no room for a snapshot');
  };
  const store = watchStore(inner, clock, () => {
    failures += 1;
  });
  const append = () => store.appendEvents(origin, [lifecycle(1)]);
  return { clock, store, append, failing, failures: () => failures };
}

describe('a store that fails', () => {
  test('is not taken for well because another kind of call works', async () => {
    const { store, append, failing, failures } = await watched();
    await expect(append()).rejects.toThrow('full');
    await store.readLog(0, 1);
    await store.probe();
    expect(store.faults()).toEqual(['the disk is full']);
    failing.now = false;
    await append();
    expect(store.faults()).toEqual([]);
    expect(failures()).toBe(1);
  });

  test('is forgotten when what failed is not tried again', async () => {
    const { clock, store, append } = await watched();
    await expect(append()).rejects.toThrow('full');
    await expect(store.saveSnapshot('w1', 'index', 0, {})).rejects.toThrow('no room');
    clock.advance(9_999);
    expect(store.faults()).toEqual(['the disk is full', 'no room for a snapshot']);
    clock.advance(1);
    expect(store.faults(), 'it comes once a minute').toEqual(['no room for a snapshot']);
    clock.advance(80_000);
    expect(store.faults()).toEqual([]);
  });
});
