import {
  create,
  type Event,
  EventSchema,
  EvidenceSchema,
  FailureSchema,
  LifecycleSchema,
  Topic,
  WorkerState,
} from '@streamgauge/proto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Incident } from '../../monitor/src/incident/incident.ts';
import type { Store } from '../../monitor/src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';

const origin = { job: 'index', worker: 'w1', session: 's1' };

export function lifecycle(number: number, reason = ''): Event {
  return create(EventSchema, {
    topic: Topic.LIFECYCLE,
    number: BigInt(number),
    atUnixNano: BigInt(Date.UTC(2026, 0, 2)) * 1_000_000n,
    payload: { case: 'lifecycle', value: create(LifecycleSchema, { state: WorkerState.RUNNING, reason }) },
  });
}

function failure(number: number): Event {
  return create(EventSchema, {
    topic: Topic.FAILURES,
    number: BigInt(number),
    payload: { case: 'failure', value: create(FailureSchema, { name: 'TypeError', message: 'x is not a function' }) },
  });
}

export function incident(id: string, changes: Partial<Incident> = {}): Incident {
  return {
    id,
    type: 'stall',
    mechanism: 'unknown',
    category: 'unknown',
    confidence: 0.2,
    state: 'open',
    severity: 'error',
    job: 'index',
    jobs: [changes.job ?? 'index'],
    worker: 'w1',
    operator: 'enrich',
    victims: [],
    summary: 'enrich stands.',
    help: '',
    rule: 'operator-stalled',
    classifier: '',
    reasons: [],
    labels: {},
    lastProgressAt: '2026-01-02T03:00:00.000Z',
    suspectedAt: '2026-01-02T03:00:15.000Z',
    openedAt: '2026-01-02T03:00:30.000Z',
    resolvedAt: null,
    dedupKey: 'k',
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
    ...changes,
  };
}

/** What every store must do; `make` gives one that is not open yet and keeps nothing from the one before. */
export function storeContract(name: string, make: (clock: FakeClock) => Store): void {
  describe(`the store contract, kept by the ${name} store`, () => {
    let clock: FakeClock;
    let store: Store;
    beforeEach(async () => {
      clock = new FakeClock();
      store = make(clock);
      await store.open();
    });
    afterEach(() => store.close());

    test('an unknown session has no offsets and an empty log has no entries', async () => {
      expect(await store.offsets('w1', 's1')).toEqual(new Map());
      expect(await store.readLog(0, 10)).toEqual([]);
    });

    test('events get rising offsets from 0 and keep topic, time, origin and payload', async () => {
      const added = await store.appendEvents(origin, [lifecycle(1, 'started'), failure(1)]);
      expect(added.map(({ topic, number }) => [topic, number])).toEqual([
        [Topic.LIFECYCLE, 1n],
        [Topic.FAILURES, 1n],
      ]);
      expect(await store.readLog(0, 10)).toEqual([
        {
          offset: 0,
          topic: 'lifecycle',
          at: '2026-01-02T00:00:00.000Z',
          job: 'index',
          worker: 'w1',
          payload: { state: 'WORKER_STATE_RUNNING', reason: 'started' },
        },
        {
          offset: 1,
          topic: 'failures',
          at: '1970-01-01T00:00:00.000Z',
          job: 'index',
          worker: 'w1',
          payload: { name: 'TypeError', message: 'x is not a function' },
        },
      ]);
    });

    test('offsets are kept per worker, session and topic', async () => {
      await store.appendEvents(origin, [lifecycle(1), lifecycle(2), failure(1)]);
      await store.appendEvents({ ...origin, session: 's2' }, [lifecycle(7)]);
      await store.appendEvents({ ...origin, worker: 'w2' }, [failure(3)]);
      expect(await store.offsets('w1', 's1')).toEqual(
        new Map([
          [Topic.LIFECYCLE, 2n],
          [Topic.FAILURES, 1n],
        ]),
      );
      expect(await store.offsets('w1', 's2')).toEqual(new Map([[Topic.LIFECYCLE, 7n]]));
      expect(await store.offsets('w2', 's1')).toEqual(new Map([[Topic.FAILURES, 3n]]));
    });

    test('an entry that comes from no event stands in the log between the others, and moves no offset', async () => {
      const entry = { topic: 'commands', at: '2026-01-02T03:04:05.000Z', job: 'index', worker: 'w1' };
      await store.appendEvents(origin, [lifecycle(1)]);
      await store.appendRecord({ ...entry, payload: { event: 'command.requested', command: 'exit' } });
      await store.appendEvents(origin, [lifecycle(2)]);
      const log = await store.readLog(0, 10);
      expect(log.map(({ offset, topic }) => [offset, topic])).toEqual([
        [0, 'lifecycle'],
        [1, 'commands'],
        [2, 'lifecycle'],
      ]);
      expect(log[1]).toEqual({ offset: 1, ...entry, payload: { event: 'command.requested', command: 'exit' } });
      expect(await store.offsets('w1', 's1')).toEqual(new Map([[Topic.LIFECYCLE, 2n]]));
    });

    test('an event that comes again is skipped, within a call and between calls', async () => {
      await store.appendEvents(origin, [lifecycle(1), lifecycle(2)]);
      const added = await store.appendEvents(origin, [lifecycle(1), lifecycle(2), lifecycle(3), lifecycle(3)]);
      expect(added.map(({ number }) => number)).toEqual([3n]);
      expect(await store.readLog(0, 10)).toHaveLength(3);
    });

    test('a gap in the numbers is stored as it is', async () => {
      await store.appendEvents(origin, [lifecycle(1)]);
      expect(await store.appendEvents(origin, [lifecycle(9)])).toHaveLength(1);
      expect(await store.offsets('w1', 's1')).toEqual(new Map([[Topic.LIFECYCLE, 9n]]));
    });

    test('a number that no store can hold is refused, and nothing of the call is kept', async () => {
      const huge = { ...lifecycle(2), number: 2n ** 64n - 1n };
      await expect(store.appendEvents(origin, [lifecycle(1), huge])).rejects.toMatchObject({
        code: 'SG_MONITOR_STORE_FAILED',
      });
      expect(await store.readLog(0, 10)).toEqual([]);
      expect(await store.offsets('w1', 's1')).toEqual(new Map());
    });

    test('the largest number that can be held is held exactly', async () => {
      const number = 2n ** 63n - 1n;
      await store.appendEvents(origin, [{ ...lifecycle(1), number }]);
      expect(await store.offsets('w1', 's1')).toEqual(new Map([[Topic.LIFECYCLE, number]]));
    });

    test('times at both ends of what an event can say do not stop the log', async () => {
      await store.appendEvents(origin, [{ ...lifecycle(1), atUnixNano: 2n ** 63n - 1n }]);
      await store.appendEvents(origin, [{ ...lifecycle(2), atUnixNano: -(2n ** 63n) }]);
      expect((await store.readLog(0, 10)).map(({ at }) => at)).toEqual([
        '2262-04-11T23:47:16.854Z',
        '1677-09-21T00:12:43.146Z',
      ]);
    });

    test('calls that are not awaited take effect in the order they were made', async () => {
      const writes = Array.from({ length: 50 }, (_, index) => store.appendEvents(origin, [lifecycle(index + 1)]));
      const seen = store.offsets('w1', 's1');
      await Promise.all(writes);
      expect(await seen).toEqual(new Map([[Topic.LIFECYCLE, 50n]]));
      const reasons = await store.readLog(0, 100);
      expect(reasons.map(({ offset }) => offset)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    });

    test('the log is read in pages', async () => {
      await store.appendEvents(
        origin,
        Array.from({ length: 5 }, (_, index) => lifecycle(index + 1)),
      );
      expect((await store.readLog(1, 2)).map(({ offset }) => offset)).toEqual([1, 2]);
      expect((await store.readLog(4, 10)).map(({ offset }) => offset)).toEqual([4]);
      expect(await store.readLog(5, 10)).toEqual([]);
    });

    test('the payload of evidence survives, with names that try to break it', async () => {
      const value = create(EvidenceSchema, { requestId: `"'; DROP TABLE log; --\u0000`, missing: ['\u{1f642} \\ \n'] });
      await store.appendEvents(origin, [
        create(EventSchema, { topic: Topic.EVIDENCE, number: 1n, payload: { case: 'evidence', value } }),
      ]);
      const [entry] = await store.readLog(0, 1);
      expect(entry?.topic).toBe('evidence');
      expect(entry?.payload).toEqual({ requestId: `"'; DROP TABLE log; --\u0000`, missing: ['\u{1f642} \\ \n'] });
    });

    test('an incident is read back in its newest version, and each version is in the log', async () => {
      await store.saveIncident('incident.opened', incident('a'));
      await store.saveIncident('incident.updated', incident('a', { category: 'user' }));
      expect(await store.incident('a')).toEqual(incident('a', { category: 'user' }));
      expect(await store.incident('b')).toBeUndefined();
      const log = await store.readLog(0, 10);
      expect(log.map(({ topic, worker }) => [topic, worker])).toEqual([
        ['incidents', 'w1'],
        ['incidents', 'w1'],
      ]);
      expect(log[1]?.payload).toEqual({ event: 'incident.updated', incident: incident('a', { category: 'user' }) });
    });

    test('incidents come newest first, filtered by every field, at most the limit', async () => {
      const at = (minute: number): string => new Date(Date.UTC(2026, 0, 2, 4, minute)).toISOString();
      await store.saveIncident('incident.opened', incident('old', { openedAt: at(1), job: 'other' }));
      await store.saveIncident('incident.opened', incident('new', { openedAt: at(3), category: 'user' }));
      await store.saveIncident(
        'incident.opened',
        incident('middle', { openedAt: at(2), type: 'failure', operator: 'read' }),
      );
      const ids = async (filter: Parameters<Store['incidents']>[0], limit = 10): Promise<string[]> =>
        (await store.incidents(filter, limit)).map(({ id }) => id);
      expect(await ids({})).toEqual(['new', 'middle', 'old']);
      expect(await ids({}, 2)).toEqual(['new', 'middle']);
      expect(await ids({ job: 'other' })).toEqual(['old']);
      expect(await ids({ category: 'user' })).toEqual(['new']);
      expect(await ids({ type: 'failure' })).toEqual(['middle']);
      expect(await ids({ operator: 'read' })).toEqual(['middle']);
      expect(await ids({ job: 'index', state: 'open' })).toEqual(['new', 'middle']);
      expect(await ids({ state: 'resolved' })).toEqual([]);
    });

    test('incidents are found by every job that stands because of them', async () => {
      const hostile = `bill"ing'%\\`;
      await store.saveIncident('incident.opened', incident('one', { jobs: ['index', hostile, 'billing'] }));
      await store.saveIncident('incident.opened', incident('two', { summary: 'stands in "billing"' }));
      const ids = async (job: string): Promise<string[]> =>
        (await store.incidents({ job, state: 'open' }, 10)).map(({ id }) => id).sort();
      expect(await ids('index')).toEqual(['one', 'two']);
      expect(await ids('billing')).toEqual(['one']);
      expect(await ids(hostile)).toEqual(['one']);
      expect(await ids('bill')).toEqual([]);
    });

    test('the snapshot of a worker is the newest one at or before a time', async () => {
      await store.saveSnapshot('w1', 'index', 1000, { state: 'first' });
      await store.saveSnapshot('w1', 'index', 2000, { state: 'second' });
      await store.saveSnapshot('w2', 'index', 1500, { state: 'other' });
      expect(await store.snapshot('w1', 999)).toBeUndefined();
      expect(await store.snapshot('w1', 1000)).toEqual({
        at: '1970-01-01T00:00:01.000Z',
        snapshot: { state: 'first' },
      });
      expect(await store.snapshot('w1', 1999)).toEqual({
        at: '1970-01-01T00:00:01.000Z',
        snapshot: { state: 'first' },
      });
      expect(await store.snapshot('w1', 9999)).toEqual({
        at: '1970-01-01T00:00:02.000Z',
        snapshot: { state: 'second' },
      });
    });

    test('a worker whose snapshot comes each minute has those of the last hours, and not more', async () => {
      const minutes = Array.from({ length: 1500 }, (_, minute) => minute);
      await Promise.all(minutes.map((minute) => store.saveSnapshot('w1', 'index', minute, { minute })));
      await store.saveSnapshot('w2', 'index', 0, { other: true });
      expect(await store.snapshot('w1', 1499)).toMatchObject({ snapshot: { minute: 1499 } });
      expect(await store.snapshot('w1', 1499 - 700)).toMatchObject({ snapshot: { minute: 799 } });
      expect(await store.snapshot('w1', 1499 - 800)).toBeUndefined();
      expect(await store.snapshot('w2', 9999)).toMatchObject({ snapshot: { other: true } });
    });

    test('pruning deletes what is older and keeps open incidents, and offsets go on rising', async () => {
      const start = clock.unixMs();
      await store.appendEvents(origin, [lifecycle(1)]);
      await store.saveIncident('incident.opened', incident('open'));
      const resolvedAt = new Date(start).toISOString();
      await store.saveIncident('incident.resolved', incident('closed', { state: 'resolved', resolvedAt }));
      await store.saveSnapshot('w1', 'index', start, {});
      clock.advance(60_000);
      await store.saveSnapshot('w1', 'index', clock.unixMs(), { late: true });
      // One event, two log entries of incidents, the resolved incident and one snapshot.
      expect(await store.prune(start + 1)).toBe(5);
      expect((await store.incidents({}, 10)).map(({ id }) => id)).toEqual(['open']);
      expect(await store.snapshot('w1', start)).toBeUndefined();
      expect(await store.snapshot('w1', clock.unixMs())).toMatchObject({ snapshot: { late: true } });
      expect(await store.offsets('w1', 's1')).toEqual(new Map());
      await store.appendEvents(origin, [lifecycle(2)]);
      expect((await store.readLog(0, 10)).map(({ offset }) => offset)).toEqual([3]);
    });

    test('what was stored does not change with the object it was made from', async () => {
      const mutable = { ...incident('a'), reasons: ['one'] };
      await store.saveIncident('incident.opened', mutable);
      mutable.reasons.push('two');
      expect((await store.incident('a'))?.reasons).toEqual(['one']);
    });

    test('a probe proves that it works', async () => {
      await expect(store.probe()).resolves.toBeUndefined();
    });

    test('after closing every call is refused with a code', async () => {
      await store.close();
      await expect(store.probe()).rejects.toMatchObject({ code: 'SG_MONITOR_STORE_CLOSED' });
      await expect(store.appendEvents(origin, [lifecycle(1)])).rejects.toMatchObject({
        code: 'SG_MONITOR_STORE_CLOSED',
      });
    });
  });
}
