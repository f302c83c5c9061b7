import { createServer } from 'node:net';
import type { WorkerView } from '@streamgauge/monitor';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startMonitorProcess, startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

const worker = (monitorUrl: string, name = 'w1') =>
  startWorker({ program: program('flow.mjs'), monitorUrl, job: 'flow', worker: name, stdin: 'pipe' });

const connected = async (monitor: TestMonitor, name = 'w1'): Promise<WorkerView> =>
  until(`worker ${name} connected`, 15_000, async () => {
    const { workers } = await monitor.get<{ workers: WorkerView[] }>('/api/v1/workers');
    return workers.find((view) => view.worker === name && view.state === 'connected' && view.operators.length === 3);
  });

const freePort = async (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

interface LogEntries {
  readonly events: { offset: number; topic: string; worker: string; payload: { state?: string } }[];
}

describe.concurrent('a worker that is gone', () => {
  it('killed with SIGKILL: one worker-lost incident, resolved when it is back under the same name', async () => {
    const monitor = await startTestMonitor();
    const first = worker(monitor.workerUrl);
    await connected(monitor);
    first.kill('SIGKILL');
    const lost = await monitor.waitForIncident(({ type }) => type === 'worker-lost', 4000);
    expect(lost).toMatchObject({ worker: 'w1', job: 'flow', state: 'open' });
    expect((await fetch(`${monitor.url}/healthz?job=flow`)).status).toBe(503);
    worker(monitor.workerUrl);
    const resolved = await monitor.waitForIncident(({ state }) => state === 'resolved', 10_000);
    expect(resolved.id).toBe(lost.id);
    expect(await monitor.incidents()).toHaveLength(1);
  });

  it('that ends by itself says goodbye: no incident', async () => {
    const monitor = await startTestMonitor();
    const process = worker(monitor.workerUrl);
    await connected(monitor);
    process.child.stdin?.end();
    expect(await process.ended).toEqual({ code: 0, signal: null });
    await until('the worker has left', 3000, async () => {
      const view = await monitor.get<WorkerView>('/api/v1/workers/w1');
      return view.state === 'left' ? view : undefined;
    });
    // Longer than the time after which a worker that is away counts as lost.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await monitor.incidents()).toEqual([]);
  });
});

describe.concurrent('a monitor that is gone', () => {
  it('absent at first, killed, started again: the worker goes on, says little, comes back, and nothing acknowledged is lost', async () => {
    const port = await freePort();
    const data = temporaryFolder();
    const process = worker(`ws://127.0.0.1:${port}`);
    await process.line(/^kept/, 10_000);
    const start = () => startMonitorProcess(['--port', String(port), '--data', data]);

    const first = await start();
    await connected(first);
    const stored = await until('the lifecycle event', 5000, async () => {
      const answer = await fetch(`${first.url}/api/v1/events`);
      return answer.status === 200 ? ((await answer.json()) as LogEntries).events : undefined;
    });
    expect(stored[0]).toMatchObject({ offset: 0, topic: 'lifecycle', worker: 'w1' });
    first.process.kill('SIGKILL');
    await first.process.ended;
    const keptBefore = process.stdout().trim().split('\n').length;

    const second = await start();
    await connected(second);
    const after = await second.get<LogEntries>('/api/v1/events');
    expect(after.events.slice(0, stored.length)).toEqual(stored);
    // Replayed, not stored twice.
    expect(after.events.filter(({ topic }) => topic === 'lifecycle')).toHaveLength(1);
    expect(await second.incidents()).toEqual([]);
    await until('the worker has gone on', 3000, () =>
      process.stdout().trim().split('\n').length > keptBefore ? true : undefined,
    );
    // One line when the monitor was not there; the next may come a minute later.
    expect(process.stderr().trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(2);
    process.child.stdin?.end();
    expect((await process.ended).code).toBe(0);
    // The sum of the waits above.
  });
});
