import { expect, test } from 'vitest';
import { startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

interface Status {
  readonly at: string;
  readonly snapshot: {
    readonly state: string;
    readonly status: {
      readonly partial: boolean;
      readonly takenAt: string | null;
      readonly missing: readonly string[];
      readonly sections: Readonly<Record<string, { readonly version: number; readonly body: never }>>;
    };
  };
}

/** The status of the worker once it is as expected, within that time. */
function statusOf(monitor: TestMonitor, matches: (status: Status) => boolean, query = ''): Promise<Status> {
  return until('the status', 15_000, async () => {
    const status = await monitor.get<Status>(`/api/v1/workers/w/status${query}`).catch(() => undefined);
    return status !== undefined && matches(status) ? status : undefined;
  });
}

// One run: a worker tells everything while its event loop turns, what it can while that is blocked, and is read after its death.
test('a worker tells what it does, also while it is blocked, and can be read when it is dead', async () => {
  const monitor = await startTestMonitor({ snapshotSchedule: '* * * * * *' });
  const worker = startWorker({
    program: program('blocks-when-told.mjs'),
    stdin: 'pipe',
    monitorUrl: monitor.workerUrl,
    job: 'j',
    worker: 'w',
    env: { STREAMGAUGE_TOKEN: 'a-token-that-nobody-may-see' },
  });
  const whole = await statusOf(monitor, ({ snapshot }) => snapshot.status.takenAt !== null && !snapshot.status.partial);
  const { sections } = whole.snapshot.status;
  expect(Object.keys(sections)).toEqual([
    'versions',
    'settings',
    'threads',
    'event-loop',
    'cpu',
    'memory',
    'gc',
    'operators',
    'in-flight',
    'drops',
  ]);
  expect(sections.versions?.body).toMatchObject({ node: process.version, pid: expect.any(Number) });
  expect(sections.memory?.body).toMatchObject({ mainHeap: { spaces: expect.any(Array) } });
  expect(sections.gc?.body).toMatchObject({ observedMs: expect.any(Number) });
  expect(JSON.stringify(whole)).not.toContain('a-token-that-nobody-may-see');

  worker.child.stdin?.write('\n');
  await worker.line(/^blocking/, 15_000);
  const partial = await statusOf(monitor, ({ snapshot }) => snapshot.status.partial);
  expect(partial.snapshot.status.sections['event-loop']?.body).toMatchObject({ blocked: true });
  expect(partial.snapshot.status.missing.join()).toMatch(/memory: .*the main thread has been blocked for \d+ ms/);
  const page = async (path: string, accept = '*/*') =>
    (await fetch(new URL(path, monitor.url), { headers: { accept } })).text();
  expect(await page('/threadz?worker=w')).toMatch(/loop +blocked[\s\S]*at spin .*blocks-when-told\.mjs:\d+/);
  expect(await page('/heapz?worker=w', 'text/html')).toMatch(/^<!doctype html>[\s\S]*residentBytes +[\d.]+ MiB/);

  const aliveAt = new Date().toISOString();
  worker.kill('SIGKILL');
  await worker.ended;
  const dead = await statusOf(monitor, ({ snapshot }) => snapshot.state === 'lost');
  expect(dead.snapshot.status.sections.threads?.body).toMatchObject({ main: { loop: 'blocked' } });
  const before = await statusOf(monitor, () => true, `?at=${encodeURIComponent(aliveAt)}`);
  expect(before.snapshot.state).toBe('connected');
  expect(await page('/sdk_status?id=w')).toMatch(/state lost[\s\S]*THREADS \(version 1\)/);
});
