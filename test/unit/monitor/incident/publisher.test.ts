import { describe, expect, it } from 'vitest';
import type { Incident, IncidentEvent } from '../../../../monitor/src/incident/incident.ts';
import { Publisher } from '../../../../monitor/src/incident/publisher.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const incident = (id: string, summary = ''): Incident => ({
  id,
  type: 'stall',
  mechanism: 'unknown',
  category: 'unknown',
  confidence: 0,
  state: 'open',
  severity: 'error',
  job: 'j',
  jobs: ['j'],
  worker: 'w',
  operator: 'o',
  victims: [],
  summary,
  help: '',
  rule: 'operator-stalled',
  classifier: 'unknown',
  reasons: [],
  labels: {},
  lastProgressAt: '',
  suspectedAt: '',
  openedAt: '',
  resolvedAt: null,
  dedupKey: id,
  evidence: {
    location: null,
    samples: [],
    resources: [],
    connections: [],
    pools: [],
    loop: {},
    gc: {},
    cpu: {},
    missing: [],
  },
});
const event = (name: 'opened' | 'updated' | 'resolved', id: string, summary = ''): IncidentEvent => ({
  event: `incident.${name}`,
  incident: incident(id, summary),
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class SlowStore {
  readonly calls: string[] = [];
  readonly answers: { resolve(): void; reject(error: Error): void }[] = [];

  saveIncident(name: IncidentEvent['event'], { id, summary }: Incident): Promise<void> {
    this.calls.push(`${name} ${id} ${summary}`.trim());
    return new Promise((resolve, reject) => {
      this.answers.push({ resolve, reject });
    });
  }
}

function setUp() {
  const clock = new FakeClock();
  const store = new SlowStore();
  const told: string[] = [];
  const publisher = new Publisher({
    store,
    clock,
    logger: silentLogger,
    tell: ({ event: name, incident: { id, summary } }) => told.push(`${name} ${id} ${summary}`.trim()),
  });
  return { clock, store, told, publisher };
}

describe('the publisher', () => {
  it('tells nobody before the store has the event, and keeps the order', async () => {
    const { store, told, publisher } = setUp();
    publisher.publish([event('opened', 'a'), event('resolved', 'a')]);
    await turn();
    expect(store.calls).toEqual(['incident.opened a']);
    expect(told).toEqual([]);
    store.answers[0]?.resolve();
    await turn();
    expect(told).toEqual(['incident.opened a']);
    store.answers[1]?.resolve();
    await publisher.settled();
    expect(told).toEqual(['incident.opened a', 'incident.resolved a']);
  });

  it('tells of an incident that could not be saved, counts it, and saves its newest version later as an opening', async () => {
    const { clock, store, told, publisher } = setUp();
    publisher.publish([event('opened', 'a', 'first')]);
    store.answers[0]?.reject(new Error('disk full'));
    await turn();
    publisher.publish([event('updated', 'a', 'second')]);
    store.answers[1]?.reject(new Error('disk full'));
    await publisher.settled();
    expect(told).toEqual(['incident.opened a first', 'incident.updated a second']);
    expect(publisher.counters.saveFailures).toBe(2);
    clock.advance(1000);
    await turn();
    expect(store.calls.at(-1)).toBe('incident.opened a second');
    store.answers[2]?.resolve();
    await turn();
    clock.advance(120_000);
    await turn();
    expect(store.calls).toHaveLength(3);
    expect(clock.timers).toBe(0);
  });

  it('does not save an old version over a newer one that was saved in between', async () => {
    const { clock, store, publisher } = setUp();
    publisher.publish([event('opened', 'a')]);
    store.answers[0]?.reject(new Error('busy'));
    await turn();
    publisher.publish([event('resolved', 'a')]);
    store.answers[1]?.resolve();
    await publisher.settled();
    clock.advance(60_000);
    await turn();
    expect(store.calls).toEqual(['incident.opened a', 'incident.resolved a']);
  });

  it('gives a store that never answers five seconds, then tells', async () => {
    const { clock, told, publisher } = setUp();
    publisher.publish([event('opened', 'a')]);
    clock.advance(4999);
    await turn();
    expect(told).toEqual([]);
    clock.advance(1);
    await turn();
    expect(told).toEqual(['incident.opened a']);
    publisher.close();
    expect(clock.timers).toBe(0);
  });

  it('waits longer from attempt to attempt while the store goes on failing', async () => {
    const { clock, store, publisher } = setUp();
    publisher.publish([event('opened', 'a')]);
    store.answers[0]?.reject(new Error('busy'));
    await turn();
    const attemptsAfter: number[] = [];
    for (let second = 1; second <= 60; second += 1) {
      clock.advance(1000);
      await turn();
      if (store.answers.length > attemptsAfter.length + 1) {
        attemptsAfter.push(second);
        store.answers.at(-1)?.reject(new Error('busy'));
        await turn();
      }
    }
    expect(attemptsAfter).toEqual([1, 3, 8, 23, 53]);
  });

  it('drops updates, never openings or resolutions, when too many wait, and counts them', async () => {
    const { publisher, store, told } = setUp();
    publisher.publish([event('opened', 'first')]);
    publisher.publish(Array.from({ length: 9999 }, (_, index) => event('updated', `u${index}`)));
    publisher.publish([event('opened', 'z'), event('resolved', 'z'), event('opened', 'y')]);
    expect(publisher.counters.updatesDropped).toBe(2);
    for (let index = 0; index < 10_100; index += 1) {
      store.answers[index]?.resolve();
      await Promise.resolve();
      if (index % 100 === 0) await turn();
    }
    while (store.answers.length < 10_001) {
      store.answers.at(-1)?.resolve();
      await turn();
    }
    store.answers.at(-1)?.resolve();
    await publisher.settled();
    expect(told.slice(-3)).toEqual(['incident.opened z', 'incident.resolved z', 'incident.opened y']);
    expect(told[0]).toBe('incident.opened first');
  });
});
