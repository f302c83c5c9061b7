import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MonitorError, monitorErrorCodes } from '../../../../monitor/src/errors.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import type { WorkerView } from '../../../../monitor/src/progress-monitor.ts';
import { createSnapshots, keptSections, type Snapshots } from '../../../../monitor/src/status/snapshots.ts';
import type { StatusView } from '../../../../monitor/src/status/status-view.ts';
import { WorkerStatus } from '../../../../monitor/src/status/worker-status.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function view(worker: string, changes: Partial<WorkerView> = {}): WorkerView {
  return {
    worker,
    job: 'index',
    jobs: ['index'],
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
    capabilities: [],
    tasks: [],
    capacity: null,
    operators: [],
    ...changes,
  };
}

const told = (mark: string): StatusView => ({
  takenAt: '2026-01-02T03:04:05.000Z',
  partial: false,
  sections: { threads: { version: 1, body: { mark } } },
  missing: [],
});

describe('snapshots', () => {
  let clock: FakeClock;
  let store: Store;
  let views: WorkerView[];
  let logged: string[];
  let asked: string[];
  let answer: (worker: string) => Promise<StatusView>;
  let status: WorkerStatus;
  let snapshots: Snapshots;

  beforeEach(async () => {
    clock = new FakeClock();
    store = createMemoryStore({ clock });
    await store.open();
    views = [];
    logged = [];
    asked = [];
    answer = async (worker) => told(`of ${worker} at ${clock.unixMs()}`);
    const progress = {
      worker: (name: string) => views.find(({ worker }) => worker === name),
      workerNames: () => views.map(({ worker }) => worker),
    };
    status = new WorkerStatus({
      progress,
      store,
      unixMs: clock.unixMs,
      desk: {
        ask: async (worker, sections) => {
          asked.push(worker);
          expect(sections).toBe(keptSections);
          await new Promise((resolve) => setImmediate(resolve));
          return answer(worker);
        },
      },
    });
    snapshots = createSnapshots({
      store,
      status,
      progress,
      clock,
      log: { ...silentLogger, oncePerMinute: (_, message) => void logged.push(message) },
      pattern: '0 0 1 1 *',
    });
  });
  afterEach(() => snapshots.close());

  const sectionsAt = async (worker: string, atUnixMs = clock.unixMs()) =>
    (await status.at(worker, atUnixMs))?.snapshot.status;

  test('hold what a connected worker tells, each time', async () => {
    views = [view('w1')];
    await snapshots.take();
    const first = clock.unixMs();
    clock.advance(60_000);
    await snapshots.take();
    expect((await sectionsAt('w1', first))?.sections.threads?.body).toEqual({ mark: `of w1 at ${first}` });
    expect((await sectionsAt('w1'))?.sections.threads?.body).toEqual({ mark: `of w1 at ${clock.unixMs()}` });
  });

  test('of a worker that is gone hold how it went, and what it told last', async () => {
    views = [view('w1')];
    await snapshots.take();
    const last = clock.unixMs();
    clock.advance(60_000);
    views = [view('w1', { state: 'lost' })];
    await snapshots.take();
    expect(asked).toEqual(['w1']);
    expect((await status.at('w1', clock.unixMs()))?.snapshot).toMatchObject({
      state: 'lost',
      status: { sections: { threads: { body: { mark: `of w1 at ${last}` } } } },
    });
    // Nothing about it changes any more.
    const goneAt = clock.unixMs();
    clock.advance(60_000);
    await snapshots.take();
    expect((await status.at('w1', clock.unixMs()))?.at).toBe(new Date(goneAt).toISOString());
    // Also when the monitor has forgotten it.
    views = [];
    expect((await status.now('w1'))?.snapshot).toMatchObject({ worker: 'w1', state: 'lost' });
    expect(await status.now('nobody')).toBeUndefined();
  });

  test('of a worker that dies while it is asked hold what it told before, and why it is not of now', async () => {
    views = [view('w1')];
    await snapshots.take();
    const last = clock.unixMs();
    answer = async () => {
      throw new MonitorError(monitorErrorCodes.workerUnavailable, 'Worker "w1" did not tell.');
    };
    for (let round = 0; round < 3; round++) {
      clock.advance(60_000);
      await snapshots.take();
    }
    expect(await sectionsAt('w1')).toMatchObject({
      takenAt: '2026-01-02T03:04:05.000Z',
      sections: { threads: { body: { mark: `of w1 at ${last}` } } },
      missing: ['status: Worker "w1" did not tell.'],
    });
  });

  test('of another process of the same name are not taken for its own', async () => {
    views = [view('w1')];
    await snapshots.take();
    views = [view('w1', { state: 'left', session: 's2' })];
    clock.advance(1000);
    await snapshots.take();
    expect(await sectionsAt('w1')).toMatchObject({ takenAt: null, missing: [expect.stringMatching(/was not asked/)] });
  });

  test('of a worker that cannot be asked hold what its reports told, and why there is no more', async () => {
    answer = async () => {
      throw new MonitorError(monitorErrorCodes.workerUnavailable, 'Worker "w1" has an agent that cannot be asked.');
    };
    views = [view('w1', { reportAgeMs: 10 })];
    await snapshots.take();
    expect((await status.at('w1', clock.unixMs()))?.snapshot).toMatchObject({
      reportAgeMs: 10,
      status: { takenAt: null, missing: ['status: Worker "w1" has an agent that cannot be asked.'] },
    });
  });

  describe('of many workers', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
      views = Array.from({ length: 900 }, (_, index) => view(`w${index}`));
    });
    afterEach(() => vi.useRealTimers());

    test('are asked for over three quarters of a minute, a few each moment', async () => {
      const taken = snapshots.take();
      await vi.advanceTimersByTimeAsync(1000);
      expect(asked.length).toBeGreaterThan(10);
      expect(asked.length).toBeLessThanOrEqual(22);
      await vi.advanceTimersByTimeAsync(45_000);
      await taken;
      expect(asked).toHaveLength(900);
    });

    test('wait for the answers of a few at most', async () => {
      answer = () => new Promise(() => {});
      void snapshots.take();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(asked).toHaveLength(16);
    });
  });

  test('at the end of the monitor are taken without asking anybody', async () => {
    views = [view('w1')];
    await snapshots.take();
    clock.advance(1000);
    await snapshots.close();
    expect(asked).toEqual(['w1']);
    expect(await status.at('w1', clock.unixMs())).toMatchObject({
      at: new Date(clock.unixMs()).toISOString(),
      snapshot: { status: { sections: { threads: { version: 1 } } } },
    });
  });

  test('that are being taken at the end of the monitor do not come after those of the end', async () => {
    views = [view('w1')];
    await snapshots.take();
    let tell: (status: StatusView) => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        tell = resolve;
      });
    clock.advance(1000);
    const taking = snapshots.take();
    await snapshots.close();
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await store.close();
    await new Promise((resolve) => setImmediate(resolve));
    tell(told('too late'));
    await taking;
    expect(logged).toEqual([]);
    await store.open();
  });

  test('that the store does not take are said so once, and the next ones are taken', async () => {
    views = [view('w1'), view('w2')];
    await store.close();
    await snapshots.take();
    expect(logged).toHaveLength(1);
    await store.open();
    await snapshots.take();
    expect(await sectionsAt('w2')).toBeDefined();
  });

  test('of a monitor that knew no status are read as they are', async () => {
    await store.saveSnapshot('w1', 'index', clock.unixMs(), view('w1'));
    expect((await status.at('w1', clock.unixMs()))?.snapshot).toMatchObject({
      worker: 'w1',
      status: { takenAt: null, sections: {}, missing: [expect.any(String)] },
    });
  });
});
