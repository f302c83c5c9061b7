import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { eventually, HandMadeWorker } from '../../unit/monitor/link/link-harness.ts';
import { startMonitorProcess, type TestMonitor } from '../harness/monitor.ts';
import { until } from '../harness/until.ts';

const second = 1_000_000_000n;
/** Fetching Prometheus takes three steps of three minutes at most. */
const FETCH_MS = 560_000;

/** A worker with two operators whose numbers go up, so that every kind of series has a point. */
async function busyWorker(monitor: TestMonitor): Promise<HandMadeWorker> {
  const worker = new HandMadeWorker(`${monitor.workerUrl}/v1/worker`);
  await worker.greet({ job: 'in\\dex "quoted"\u00e9', worker: 'w1' });
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    const epoch = BigInt(sequence);
    const common = { unit: 1, state: 2, passedEpoch: epoch, markerDelayNano: second / 100n };
    worker.report(sequence, {
      monotonicNano: epoch * second,
      intervalMillis: 60_000,
      epoch,
      operators: [
        {
          id: 1,
          name: 'read',
          kind: 1,
          completed: epoch * 10n,
          emitted: epoch * 10n,
          stateTimes: { busyNano: second },
          ...common,
        },
        { id: 2, name: 'write "\\', kind: 3, completed: epoch * 9n, inFlight: 1n, markerAgeNano: second, ...common },
      ],
      edges: [{ id: 1, sourceId: 1, targetId: 2, queued: 3n, capacity: 16n, passedEpoch: epoch }],
    });
  }
  await until('three reports', 5000, async () => {
    const { workers } = await monitor.get<{ workers: { operators: { recordsIn: number }[] }[] }>('/api/v1/workers');
    return workers[0]?.operators[1]?.recordsIn === 27 ? true : undefined;
  });
  return worker;
}

/** Opens an incident, so that the counters of incidents have a point. */
async function loseWorker(monitor: TestMonitor): Promise<void> {
  const worker = new HandMadeWorker(`${monitor.workerUrl}/v1/worker`);
  await worker.greet({ worker: 'w2', job: 'other' });
  worker.socket.terminate();
  await monitor.waitForIncident(({ type }) => type === 'worker-lost', 10_000);
}

describe('the metrics of a monitor', () => {
  test('pass promtool without a word', { timeout: FETCH_MS + 60_000 }, async (context) => {
    const promtool = pathOrSkip(await debianProgram('promtool'), context);
    const monitor = await startMonitorProcess();
    await busyWorker(monitor);
    await loseWorker(monitor);
    const text = await (await fetch(`${monitor.url}/metrics`)).text();
    const child = spawn(promtool, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdin.end(text);
    const [code] = (await once(child, 'close')) as [number];
    expect({ said, code }).toEqual({ said: '', code: 0 });
    for (const name of [
      'streamgauge_operator_records_in_total',
      'streamgauge_operator_time_seconds_total',
      'streamgauge_operator_marker_delay_seconds_bucket',
      'streamgauge_edge_fill_ratio',
      'streamgauge_incident_count_total',
      'streamgauge_detection_delay_seconds_count',
      'streamgauge_monitor_frames_received_total',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}\\{`, 'm'));
    }
    await monitor.close();
  });

  test('are scraped by Prometheus', { timeout: FETCH_MS + 60_000 }, async (context) => {
    const prometheus = pathOrSkip(await debianProgram('prometheus'), context);
    const monitor = await startMonitorProcess();
    await busyWorker(monitor);
    const folder = mkdtempSync(join(tmpdir(), 'streamgauge-prometheus-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const config = join(folder, 'prometheus.yml');
    const target = new URL(monitor.url).host;
    writeFileSync(
      config,
      `scrape_configs:\n  - job_name: streamgauge\n    scrape_interval: 1s\n    static_configs:\n      - targets: ['${target}']\n`,
    );
    const port = await freePort();
    const server = spawn(
      prometheus,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    onTestFinished(async () => {
      server.kill('SIGKILL');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'close');
    });
    const query = encodeURIComponent('sum(streamgauge_operator_records_in_total)');
    const value = await until('the scraped value', 30_000, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`).catch(() => undefined);
      if (answer?.ok !== true) return undefined;
      const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return body.data.result[0]?.value[1];
    });
    // A source takes nothing in: only the second operator counts.
    expect(value).toBe('27');
    await monitor.close();
  });

  test('reach an OTLP/HTTP receiver with the same values', { timeout: 60_000 }, async () => {
    const bodies: string[] = [];
    const headers: (string | undefined)[] = [];
    const sink = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        bodies.push(`${request.url} ${request.headers['content-type']} ${body}`);
        headers.push(request.headers['x-tenant'] as string | undefined);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    sink.listen(0, '127.0.0.1');
    await once(sink, 'listening');
    onTestFinished(() => void sink.close());
    const monitor = await startMonitorProcess([], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=team-a',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '150',
    });
    await busyWorker(monitor);
    const seen = bodies.length;
    await eventually(() => bodies.length > seen + 2);
    const last = bodies.at(-1) ?? '';
    expect(last).toMatch(/^\/v1\/metrics application\/json /);
    expect(headers.at(-1)).toBe('team-a');
    const { resourceMetrics } = JSON.parse(last.slice(last.indexOf('{'))) as {
      resourceMetrics: {
        scopeMetrics: { metrics: { name: string; sum?: { dataPoints: { asDouble: number }[] } }[] }[];
      }[];
    };
    const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    const records = metrics.find(({ name }) => name === 'streamgauge.operator.records.in');
    expect(records?.sum?.dataPoints.map(({ asDouble }) => asDouble).sort()).toEqual([0, 27]);
    await monitor.close();
  });

  test('that nobody takes are counted, and harm nothing', { timeout: 60_000 }, async () => {
    const monitor = await startMonitorProcess([], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '150',
    });
    const failures = await until('a counted failure', 20_000, async () => {
      const text = await (await fetch(`${monitor.url}/metrics`)).text();
      return /^streamgauge_monitor_export_failures_total (\d+)/m.exec(text)?.[1];
    });
    expect(Number(failures)).toBeGreaterThan(0);
    expect((await fetch(`${monitor.url}/healthz`)).status).toBe(200);
    await monitor.close();
    expect((await monitor.process.ended).code).toBe(0);
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
