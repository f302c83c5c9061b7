import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { whenFinished } from '../../support/test-end.ts';
import { launch } from '../harness/launch.ts';
import { startMonitorProcess, type TestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { freePort } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

const second = 1_000_000_000n;
/** Fetching Prometheus takes three steps of three minutes at most. */
const FETCH_MS = 560_000;

/** Series of every monitor that has had an incident and a running worker. */
const SERIES = [
  'streamgauge_operator_records_in_total',
  'streamgauge_operator_time_seconds_total',
  'streamgauge_operator_marker_delay_seconds_bucket',
  'streamgauge_operator_marker_age_seconds',
  'streamgauge_operator_in_flight',
  'streamgauge_edge_fill_ratio',
  'streamgauge_incident_count_total',
  'streamgauge_detection_delay_seconds_count',
  'streamgauge_worker_connected',
  'streamgauge_worker_report_age_seconds',
  'streamgauge_monitor_frames_received_total',
];

const JOB = 'in\\dex "quoted"\u00e9';

/** A worker with two operators whose numbers go up, so that every kind of series has a point. */
async function busyWorker(monitor: TestMonitor): Promise<HandMadeWorker> {
  const worker = new HandMadeWorker(`${monitor.workerUrl}/v1/worker`);
  await worker.greet({ job: JOB, worker: 'w1' });
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
    return workers.some(({ operators }) => operators[1]?.recordsIn === 27) ? true : undefined;
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

describe.concurrent('the metrics of a monitor', () => {
  test('pass promtool without a word, are scraped by Prometheus, and reach an OTLP/HTTP receiver with the same values', {
    timeout: FETCH_MS + 60_000,
  }, async (context) => {
    const promtool = pathOrSkip(await debianProgram('promtool'), context);
    const prometheus = pathOrSkip(await debianProgram('prometheus'), context);
    const receiver = await startReceiver();
    const monitor = await startMonitorProcess([], {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=team-a',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '150',
    });
    const port = await startPrometheus(prometheus, new URL(monitor.url).host);
    // A real worker, which has every series of its own, and one whose numbers are known.
    startWorker({
      program: program('flow.mjs'),
      monitorUrl: monitor.workerUrl,
      job: 'flow',
      worker: 'w3',
      stdin: 'pipe',
    });
    await busyWorker(monitor);
    await loseWorker(monitor);

    const text = await until('all series', 15_000, async () => {
      const metrics = await (await fetch(`${monitor.url}/metrics`)).text();
      return SERIES.every((name) => new RegExp(`^${name}\\{`, 'm').test(metrics)) ? metrics : undefined;
    });
    const child = spawn(promtool, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdin.end(text);
    const [code] = (await once(child, 'close')) as [number];
    expect({ said, code }).toEqual({ said: '', code: 0 });

    const scraped = async (query: string): Promise<string | undefined> => {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.ok !== true) return undefined;
      const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return body.data.result[0]?.value[1];
    };
    const records = 'streamgauge_operator_records_in_total';
    // A source takes nothing in: of the two operators only the second counts.
    const value = await until('the scraped value', 30_000, () =>
      scraped(`sum(${records}{job="streamgauge",exported_job=~"in.*"})`),
    );
    expect(value).toBe('27');
    const kept = await until('the real worker', 10_000, () =>
      scraped(`${records}{exported_job="flow",operator="Keep"}`),
    );
    expect(Number(kept)).toBeGreaterThan(0);

    const seen = receiver.bodies.length;
    await eventually(() => receiver.bodies.length > seen + 1);
    const last = receiver.bodies.at(-1) ?? '';
    expect(last).toMatch(/^\/v1\/metrics application\/json /);
    expect(receiver.tenants.at(-1)).toBe('team-a');
    const { resourceMetrics } = JSON.parse(last.slice(last.indexOf('{'))) as {
      resourceMetrics: { scopeMetrics: { metrics: SentMetric[] }[] }[];
    };
    const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    expect(metrics.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'streamgauge.operator.records.in',
        'streamgauge.operator.time',
        'streamgauge.operator.marker.delay',
        'streamgauge.worker.connected',
      ]),
    );
    const points = metrics.find(({ name }) => name === 'streamgauge.operator.records.in')?.sum?.dataPoints ?? [];
    const own = points.filter(({ attributes }) => attributes.some(({ value }) => value.stringValue === JOB));
    expect(own.map(({ asDouble }) => asDouble).sort()).toEqual([0, 27]);
    await monitor.close();
  });

  test('that nobody takes are counted, and harm nothing', async () => {
    const monitor = await startMonitorProcess([], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      // How long it is tried again before it counts as one that nobody takes.
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '150',
    });
    const failures = await until('a counted failure', 20_000, async () => {
      const text = await (await fetch(`${monitor.url}/metrics`)).text();
      return /^streamgauge_monitor_export_failures_total (\d+)/m.exec(text)?.[1];
    });
    expect(Number(failures)).toBeGreaterThan(0);
    // It is told where an alarm looks, and keeps nobody from the monitor.
    const health = await fetch(`${monitor.url}/healthz`);
    expect(health.status).toBe(503);
    expect(await health.text()).toMatch(/metrics are not exported: /);
    expect((await fetch(`${monitor.url}/readyz`)).status).toBe(200);
    await monitor.close();
    expect((await monitor.process.ended).code).toBe(0);
  });
});

/** A metric as OTLP writes it in JSON. */
interface SentMetric {
  readonly name: string;
  readonly sum?: {
    readonly dataPoints: readonly {
      readonly asDouble: number;
      readonly attributes: readonly { readonly value: { readonly stringValue?: string } }[];
    }[];
  };
}

/** Takes what is exported over OTLP/HTTP. */
async function startReceiver(): Promise<{
  readonly url: string;
  readonly bodies: readonly string[];
  readonly tenants: readonly (string | undefined)[];
}> {
  const bodies: string[] = [];
  const tenants: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(`${request.url} ${request.headers['content-type']} ${body}`);
      tenants.push(request.headers['x-tenant'] as string | undefined);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  whenFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, tenants };
}

/** Starts a Prometheus that scrapes every second; gives its port. */
async function startPrometheus(prometheus: string, target: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    `scrape_configs:\n  - job_name: streamgauge\n    scrape_interval: 1s\n    static_configs:\n      - targets: ['${target}']\n`,
  );
  const port = await freePort();
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  launch(prometheus, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  return port;
}
