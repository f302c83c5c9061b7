import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Monitor, type MonitorConfigInput, MonitorError, startMonitor } from '@streamgauge/monitor';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';

async function start(settings: MonitorConfigInput = {}): Promise<Monitor> {
  const monitor = await startMonitor({ port: 0, log: 'off', ...settings });
  onTestFinished(() => monitor.close());
  return monitor;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-monitor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The fault of a start that must fail, in one line. */
async function faultOf(settings: MonitorConfigInput): Promise<MonitorError> {
  const fault = await start(settings).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(MonitorError);
  expect((fault as MonitorError).message).toMatch(/^[^\n]+\.$/);
  return fault as MonitorError;
}

describe('a monitor', () => {
  test('picks a free port, says where it is, and answers there', async () => {
    const monitor = await start();
    expect(monitor.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect((await fetch(`${monitor.url}/healthz`)).status).toBe(200);
  });

  test('takes a worker and shows it', async () => {
    const monitor = await start();
    const worker = new HandMadeWorker(`${monitor.url.replace('http', 'ws')}/v1/worker`);
    expect((await worker.greet()).case).toBe('welcome');
    const answer = await fetch(`${monitor.url}/api/v1/workers/w1`);
    expect(await answer.json()).toMatchObject({ worker: 'w1', job: 'index', state: 'connected' });
  });

  test('asks workers and readers for the token when there is one', async () => {
    const token = 'a-token-of-twenty-four-c';
    const monitor = await start({ token });
    expect((await fetch(`${monitor.url}/api/v1/workers`)).status).toBe(401);
    const url = `${monitor.url.replace('http', 'ws')}/v1/worker`;
    const stranger = new HandMadeWorker(url);
    expect((await stranger.closed).code).toBe(1006);
    const worker = new HandMadeWorker(url, { headers: { authorization: `Bearer ${token}` } });
    expect((await worker.greet()).case).toBe('welcome');
  });

  test('ends within seconds with workers, keep-alive connections and half-open ones, and may be ended twice', async () => {
    const monitor = await start({ dataDir: join(temporaryFolder(), 'data') });
    const url = `${monitor.url.replace('http', 'ws')}/v1/worker`;
    const worker = new HandMadeWorker(url);
    await worker.greet();
    await new HandMadeWorker(url).opened();
    await (await fetch(`${monitor.url}/healthz`)).text();
    const startMs = performance.now();
    await Promise.all([monitor.close(), monitor.close()]);
    expect(performance.now() - startMs).toBeLessThan(5000);
    expect((await worker.closed).code).toBe(1001);
  });

  test('ends within two seconds with a worker that has been stopped and answers nothing', async () => {
    const monitor = await start();
    const worker = new HandMadeWorker(`${monitor.url.replace('http', 'ws')}/v1/worker`);
    await worker.greet();
    worker.socket.pause();
    const startMs = performance.now();
    await monitor.close();
    expect(performance.now() - startMs).toBeLessThan(1800);
    worker.socket.terminate();
  });

  test('answers a request that offers HTTP/2 beside it as if it did not', async () => {
    const monitor = await start();
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    const status = await new Promise((resolve, reject) => {
      get(`${monitor.url}/healthz`, { headers }, (response) => resolve(response.resume().statusCode)).on(
        'error',
        reject,
      );
    });
    expect(status).toBe(200);
  });

  test('names two listeners of the same name as a fault of the settings', async () => {
    const listener = { name: 'pager', onIncident: () => {} };
    expect((await faultOf({ listeners: [listener, listener] })).code).toBe('SG_MONITOR_CONFIG_INVALID');
  });

  test('names a port in use, and leaves nothing running', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const dataDir = join(temporaryFolder(), 'data');
    expect(await faultOf({ port, dataDir })).toMatchObject({
      code: 'SG_MONITOR_PORT_IN_USE',
      message: expect.stringContaining(`Port ${port} of 127.0.0.1 is in use`),
    });
    // The data folder is free again.
    await start({ dataDir });
  });

  test('names an address that is not of this machine', async () => {
    const fault = await faultOf({ host: '192.0.2.1', token: 'x'.repeat(16) });
    expect(fault.code).toBe('SG_MONITOR_LISTEN_FAILED');
    expect(fault.message).toContain('192.0.2.1');
  });

  test('names a data folder that another monitor uses', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    await start({ dataDir });
    expect((await faultOf({ dataDir })).code).toBe('SG_MONITOR_DATA_IN_USE');
  });

  test('refuses wrong settings before it touches anything', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    expect((await faultOf({ dataDir, stallAfterMs: 1 })).code).toBe('SG_MONITOR_CONFIG_INVALID');
    expect(existsSync(dataDir)).toBe(false);
  });

  test('says at /healthz that a listener fails until it does not, and is ready all the same', async () => {
    let fails = true;
    const onIncident = () => {
      if (fails) throw new Error('the pager is off');
    };
    const monitor = await start({
      listeners: [{ name: 'pager', onIncident }],
      workerLostAfterMs: 200,
      checkIntervalMs: 50,
    });
    const health = async () => (await (await fetch(`${monitor.url}/healthz`)).json()) as { readonly faults: string[] };
    const lose = async (worker: string) => {
      const lost = new HandMadeWorker(`${monitor.url.replace('http', 'ws')}/v1/worker`);
      await lost.greet({ worker });
      lost.socket.terminate();
    };
    await lose('w1');
    await vi.waitFor(
      async () => expect((await health()).faults).toEqual(['a listener failed: pager: the pager is off']),
      5000,
    );
    expect((await fetch(`${monitor.url}/healthz`)).status).toBe(503);
    expect((await fetch(`${monitor.url}/readyz`)).status).toBe(200);
    fails = false;
    await lose('w2');
    await vi.waitFor(async () => expect((await health()).faults).toEqual([]), 5000);
  });

  test('goes on with its store after a restart', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const first = await start({ dataDir });
    const worker = new HandMadeWorker(`${first.url.replace('http', 'ws')}/v1/worker`);
    await worker.greet();
    worker.event(1);
    await worker.next(({ case: kind }) => kind === 'acknowledgement');
    await first.close();
    const second = await start({ dataDir });
    const again = new HandMadeWorker(`${second.url.replace('http', 'ws')}/v1/worker`);
    expect(await again.greet()).toMatchObject({ case: 'welcome', value: { offsets: [{ number: 1n }] } });
    const { events } = (await (await fetch(`${second.url}/api/v1/events`)).json()) as { events: unknown[] };
    expect(events).toHaveLength(1);
    // The last state of the worker was stored when the first monitor ended.
    const status = await (await fetch(`${second.url}/api/v1/workers/w1/status?at=2999-01-01T00:00:00Z`)).json();
    expect(status).toMatchObject({ snapshot: { worker: 'w1', state: 'connected' } });
  });
});
