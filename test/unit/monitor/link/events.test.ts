import { Topic } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { eventually, eventuallyWith } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

describe('events', () => {
  test('a reconnecting worker learns what is stored, and a replay is recognised', async () => {
    const link = await startLink();
    const first = new HandMadeWorker(link.url);
    await first.greet();
    for (const number of [1, 2, 3]) first.event(number);
    await first.next(({ case: kind }) => kind === 'acknowledgement');
    first.socket.terminate();
    const second = new HandMadeWorker(link.url);
    const welcome = await second.greet();
    expect(welcome).toMatchObject({ value: { offsets: [{ topic: Topic.EVIDENCE, number: expect.anything() }] } });
    for (const number of [1, 2, 3, 4]) second.event(number);
    await eventually(() => link.core.calls.includes('event w1 3 4'));
    expect(link.core.calls.filter((call) => call.startsWith('event'))).toEqual(
      [1, 2, 3, 4].map((n) => `event w1 3 ${n}`),
    );
    expect(await link.store.readLog(0, 10)).toHaveLength(4);
    await eventually(() => link.count('events-repeated') === 3);
  });

  describe('with a store that fails', () => {
    const failingStore = (): { store: Store; heal: () => void; attempts: () => number } => {
      const inner = createMemoryStore({ clock: new FakeClock() });
      let broken = true;
      let attempts = 0;
      const store: Store = {
        ...inner,
        appendEvents: (origin, events) => {
          attempts += 1;
          return broken ? Promise.reject(new Error('disk full')) : inner.appendEvents(origin, events);
        },
      };
      const heal = (): void => {
        broken = false;
      };
      return { store, heal, attempts: () => attempts };
    };

    test('events are not acknowledged, tried again, and acknowledged once they are stored', async () => {
      const { store, heal, attempts } = failingStore();
      const link = await startLink({}, { store });
      const worker = new HandMadeWorker(link.url);
      await worker.greet();
      worker.event(1);
      await eventually(() => attempts() === 1);
      worker.report(1);
      await eventually(() => link.core.reports.length === 1);
      expect(worker.received.some(({ body }) => body.case === 'acknowledgement')).toBe(false);
      heal();
      link.clock.advance(1000);
      await worker.next(({ case: kind }) => kind === 'acknowledgement');
      expect(link.core.calls).toContain('event w1 3 1');
    });

    test('when too many wait, the connection ends after recovery so that nothing is skipped', async () => {
      const { store, heal, attempts } = failingStore();
      const link = await startLink({}, { store });
      const worker = new HandMadeWorker(link.url);
      await worker.greet();
      for (let number = 1; number <= 2100; number += 1) worker.event(number);
      await eventuallyWith(link.clock, 500, () => link.count('events-dropped') > 0);
      expect(attempts()).toBeGreaterThan(0);
      heal();
      await eventuallyWith(link.clock, 500, () => worker.socket.readyState === WebSocket.CLOSED);
      expect((await worker.closed).code).toBe(1013);
      const [stored] = (await link.store.offsets('w1', 's1')).values();
      expect(Number(stored)).toBe(await link.store.readLog(0, 5000).then((log) => log.length));
    });
  });
});
