import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { debianProgram, type Peer } from '../../support/peers.ts';
import { launch } from '../harness/launch.ts';
import { startMonitorProcess } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

let prometheus: Peer;
let promtool: Peer;
beforeAll(async () => {
  prometheus = await debianProgram('prometheus');
  // Of the same package: what could not be fetched once is not tried again.
  promtool = prometheus.path === undefined ? prometheus : await debianProgram('promtool');
}, 600_000);

/** Series every monitor with a running worker has. */
const series = [
  'streamgauge_operator_records_in_total',
  'streamgauge_operator_time_seconds_total',
  'streamgauge_operator_marker_delay_seconds_bucket',
  'streamgauge_operator_marker_age_seconds',
  'streamgauge_operator_in_flight',
  'streamgauge_edge_fill_ratio',
  'streamgauge_worker_connected',
  'streamgauge_worker_report_age_seconds',
  'streamgauge_monitor_frames_received_total',
];

/** Answer of Prometheus to an instant query. */
interface QueryAnswer {
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

describe('metrics of a running monitor', () => {
  it('satisfy promtool, are scraped by Prometheus, and reach an OTLP/HTTP sink under the same names', async ({
    skip,
  }) => {
    if (!prometheus.path || !promtool.path) return skip(prometheus.reason ?? promtool.reason);
    const bodies: string[] = [];
    const sink = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        bodies.push(body);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    const monitor = await startMonitorProcess([], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    });
    startWorker({
      program: program('flow.mjs'),
      monitorUrl: monitor.workerUrl,
      job: 'flow',
      worker: 'w1',
      stdin: 'pipe',
    });
    const text = await until('all series', 15_000, async () => {
      const metrics = await (await fetch(`${monitor.url}/metrics`)).text();
      return series.every((name) => metrics.includes(name)) ? metrics : undefined;
    });

    const check = spawnSync(promtool.path, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect([check.status, check.stdout, check.stderr]).toEqual([0, '', '']);

    const folder = mkdtempSync(join(tmpdir(), 'streamgauge-test-'));
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: streamgauge, static_configs: [{targets: ['${new URL(monitor.url).host}']}]}]\n`,
    );
    const port = 20_000 + (process.pid % 20_000);
    launch(prometheus.path, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const result = await until('Prometheus has the series', 20_000, async () => {
      const query = 'streamgauge_operator_records_in_total{job="streamgauge",exported_job="flow",operator="Keep"}';
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`).catch(
        () => undefined,
      );
      const found = (await answer?.json().catch(() => undefined)) as QueryAnswer | undefined;
      return found?.data?.result[0]?.value[1];
    });
    expect(Number(result)).toBeGreaterThan(0);

    const sent = await until('an export', 5000, () => bodies.at(-1));
    for (const name of [
      'streamgauge.operator.records.in',
      'streamgauge.operator.time',
      'streamgauge.operator.marker.delay',
      'streamgauge.worker.connected',
    ])
      expect(sent).toContain(`"${name}"`);
    sink.close();
  }, 60_000);
});
