import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerView } from '@streamgauge/monitor';
import { expect, test } from 'vitest';
import { whenFinished } from '../../support/test-end.ts';
import { startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { program as programPath } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

async function command({ url }: TestMonitor, worker: string, body: object) {
  const answer = await fetch(`${url}/api/v1/workers/${worker}/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

interface Feed {
  readonly events: readonly { readonly topic: string; readonly worker: string; readonly payload: Entry }[];
}
type Entry = Record<string, unknown>;

test('a worker of a pool tells its tasks, takes the commands that it allows, and ends by one although its loop stands', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-dump-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  const monitor = await startTestMonitor({ provisioning: [{ workers: ['pool-*'], reportIntervalMs: 300 }] });
  const program = programPath('pool.mjs');
  const start = (worker: string, env: NodeJS.ProcessEnv) =>
    startWorker({ program, monitorUrl: monitor.workerUrl, job: 'pool', worker, stdin: 'pipe', env });
  const pool = start('pool-1', {
    STREAMGAUGE_ALLOW_COMMANDS: 'exit,set-interval,heap-dump',
    STREAMGAUGE_HEAP_DUMP_DIR: folder,
  });
  start('pool-2', {});
  const view = (worker: string) => monitor.get<WorkerView>(`/api/v1/workers/${worker}`).catch(() => undefined);
  const told = await until('the task that lasts', 15_000, async () => {
    const seen = await view('pool-1');
    return seen?.tasks.some(({ state }) => state === 'running') ? seen : undefined;
  });
  expect(told.tasks).toMatchObject([
    { task: 'short', job: 'orders', state: 'succeeded' },
    { task: 'nightly', job: 'reports', state: 'running' },
  ]);
  expect(told.capacity).toEqual({ slots: 2, free: 1 });

  expect(await command(monitor, 'pool-2', { command: 'exit' })).toMatchObject({ status: 403 });
  expect(await command(monitor, 'pool-1', { command: 'set-interval', reportIntervalMs: 100 })).toMatchObject({
    status: 200,
    body: { outcome: 'done', message: expect.stringContaining('a report every 100 ms') },
  });
  const dumped = await command(monitor, 'pool-1', { command: 'heap-dump' });
  expect(dumped).toMatchObject({ status: 200, body: { outcome: 'done' } });
  const file = String(dumped.body.file);
  expect(file.startsWith(join(folder, `streamgauge-${pool.pid}-`))).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const head = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, head);
  closeSync(descriptor);
  expect(head.toString()).toContain('{"snapshot"');
  expect((await command(monitor, 'pool-1', { command: 'heap-dump' })).status).toBe(429);

  pool.child.stdin?.write('stand\n');
  await pool.line(/standing/, 5000);
  expect(await command(monitor, 'pool-1', { command: 'exit' })).toMatchObject({ status: 200 });
  expect((await pool.ended).signal).toBe('SIGTERM');
  await until('the worker has left', 5000, async () => (await view('pool-1'))?.state === 'left' || undefined);
  const { events } = await monitor.get<Feed>('/api/v1/events?batch_size=1000');
  const status = events.filter(({ topic, worker }) => topic === 'status' && worker === 'pool-1');
  expect(status.map(({ payload }) => payload)).toMatchObject([
    { task: 'short', state: 'TASK_STATE_SUCCEEDED', transitions: [{}, {}] },
    { event: 'tasks.lost', tasks: [{ task: 'nightly', job: 'reports' }] },
  ]);
  const commands = events.filter(({ topic }) => topic === 'commands').map(({ payload }) => payload);
  expect(commands.map(({ event, command: name }) => `${event} ${name}`)).toEqual([
    'command.refused exit',
    'command.requested set-interval',
    'command.answered set-interval',
    'command.requested heap-dump',
    'command.answered heap-dump',
    'command.requested heap-dump',
    'command.answered heap-dump',
    'command.requested exit',
    'command.answered exit',
  ]);
});
