import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, OperatorSchema, ReportSchema } from '@streamgauge/proto';
import { describe, expect, it } from 'vitest';
import type { Incident, IncidentEvent } from '../../../../monitor/src/incident/incident.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import { instruments } from '../../../../monitor/src/metrics/instruments.ts';
import { createMetrics, type Metrics } from '../../../../monitor/src/metrics/metrics.ts';
import type {
  ChannelView,
  EdgeView,
  OperatorView,
  ProgressMonitor,
  WorkerView,
} from '../../../../monitor/src/progress-monitor.ts';

const operator = (name: string, recordsIn: number, busySeconds: number): OperatorView => ({
  id: name,
  worker: 'w1',
  job: 'orders',
  name,
  kind: 'transform',
  unit: 'records',
  location: null,
  verdict: 'ok',
  state: 'busy',
  recordsIn,
  recordsOut: recordsIn,
  inFlight: 3,
  passedEpoch: 4,
  markerAgeMs: 1500,
  markerDelayMs: 20,
  progressAgeMs: 1,
  timeSeconds: { busy: busySeconds, idle: 1, backpressured: 0, paused: 0 },
  ratios: null,
  leg: null,
  thread: 0,
  oldest: null,
  pauseReason: '',
  pending: null,
  failures: 0,
  lastFailure: '',
  disconnectedMs: 0,
});

const worker = (name: string, session: string, operators: OperatorView[]): WorkerView => ({
  worker: name,
  job: 'orders',
  jobs: ['orders'],
  state: 'connected',
  session,
  pid: 1,
  host: 'h',
  runtimeVersion: 'v24',
  agentVersion: '0',
  connectedAt: null,
  reportAgeMs: 500,
  loop: null,
  drops: {},
  clockSpreadMs: null,
  capabilities: [],
  tasks: [],
  capacity: null,
  operators,
});

/** One that has left, whose operators the edges of the graph join. */
const former: WorkerView = {
  ...worker('w0', 's0', [
    { ...operator('parse', 0, 0), id: 'a' },
    { ...operator('write', 0, 0), id: 'b' },
  ]),
  state: 'left',
};

/** The part of the core that the metrics read, holding what a story puts into it. */
class Story {
  workers: WorkerView[] = [];
  open: Incident[] = [];
  edges: EdgeView[] = [];
  channels: ChannelView[] = [];
  tell: (event: IncidentEvent) => void = () => {};
  readonly metrics: Metrics;
  /** Why each export has failed; undefined: it was taken. */
  readonly exports: (string | undefined)[] = [];

  constructor(environment: NodeJS.ProcessEnv = {}, perWorker = false, maxSeries = 2000) {
    const progress = {
      workers: () => [former, ...this.workers],
      jobs: () => [{ job: 'orders' }],
      graph: () => ({
        parts: () => [
          {
            edges: [{ source: 'a', target: 'b', worker: 'w1', fill: 0.5, queued: 8, markerDelayMs: 20, channel: null }],
            get operators(): never {
              throw new Error('They are those of the workers, and were worked out for them.');
            },
          },
          { edges: this.edges },
        ],
        channels: this.channels,
      }),
      openIncidents: () => this.open,
      onIncident: (callback: (event: IncidentEvent) => void) => {
        this.tell = callback;
        return () => {};
      },
    } as unknown as ProgressMonitor;
    this.metrics = createMetrics({
      progress,
      settings: { perWorker, maxSeries },
      environment,
      version: '1.2.3',
      logger: silentLogger,
      onExport: (fault) => this.exports.push(fault),
    });
  }

  async lines(): Promise<string[]> {
    return (await this.metrics.prometheusText()).split('\n').filter((line) => line.startsWith('streamgauge_'));
  }
}

describe('metrics', () => {
  it('lets others have their turn while many workers are counted, and two that ask at once get the same', async () => {
    const story = new Story();
    const slow = (name: string): WorkerView => ({
      ...worker(name, 's1', []),
      get operators() {
        const untilMs = performance.now() + 6;
        while (performance.now() < untilMs);
        return [operator('parse', 10, 2)];
      },
    });
    story.workers = ['w1', 'w2', 'w3', 'w4', 'w5'].map(slow);
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
    }, 0);
    const [first, second] = await Promise.all([story.lines(), story.lines()]);
    clearInterval(turn);
    expect(turns).toBeGreaterThanOrEqual(4);
    expect(second).toEqual(first);
    expect(first).toContain('streamgauge_operator_records_in_total{job="orders",operator="parse",unit="records"} 50');
  });

  it('sums the workers of a job into one series with its unit in the name', async () => {
    const story = new Story();
    story.workers = [worker('w1', 's1', [operator('parse', 100, 2)]), worker('w2', 's2', [operator('parse', 50, 3)])];
    const lines = await story.lines();
    expect(lines).toContain('streamgauge_operator_records_in_total{job="orders",operator="parse",unit="records"} 150');
    expect(lines).toContain(
      'streamgauge_operator_time_seconds_total{job="orders",operator="parse",unit="records",state="busy"} 5',
    );
    expect(lines).toContain('streamgauge_operator_in_flight{job="orders",operator="parse",unit="records"} 6');
    expect(lines).toContain(
      'streamgauge_operator_marker_age_seconds{job="orders",operator="parse",unit="records"} 1.5',
    );
    expect(lines).toContain('streamgauge_edge_fill_ratio{job="orders",source="parse",target="write"} 0.5');
    expect(lines).toContain('streamgauge_worker_connected{job="orders"} 2');
  });

  it('tells lag and delay of the edges between processes and of channels, with the names that OpenTelemetry has for brokers', async () => {
    const story = new Story();
    const channel = { system: 'kafka', channel: 'orders', partitions: 2, atLeast: false };
    const edge = { source: 'a', target: 'b', worker: 'w2', fill: null, queued: 7, markerDelayMs: 1500, channel };
    story.edges = [
      edge,
      { ...edge, queued: 3, markerDelayMs: 900 },
      { ...edge, queued: null, markerDelayMs: null },
    ] as EdgeView[];
    const partition = { system: 'kafka', channel: 'orders', lag: 4, markerDelayMs: 2000 };
    story.channels = [partition, { ...partition, lag: 5, markerDelayMs: null }] as ChannelView[];
    const lines = await story.lines();
    const broker = 'messaging_system="kafka",messaging_destination_name="orders"';
    expect(lines).toContain(`streamgauge_edge_lag{job="orders",source="parse",target="write",${broker}} 10`);
    expect(lines).toContain(
      `streamgauge_edge_marker_delay_seconds{job="orders",source="parse",target="write",${broker}} 1.5`,
    );
    expect(lines).toContain('streamgauge_edge_marker_delay_seconds{job="orders",source="parse",target="write"} 0.02');
    expect(
      lines.filter((line) => line.startsWith('streamgauge_edge_lag{')),
      'not of those within a process',
    ).toHaveLength(1);
    expect(lines).toContain(`streamgauge_channel_lag{job="orders",${broker}} 9`);
    expect(lines).toContain(`streamgauge_channel_marker_delay_seconds{job="orders",${broker}} 2`);
  });

  it('tells what waits for operators, their oldest record and their failures, where they are known', async () => {
    const story = new Story();
    const fetch = { ...operator('fetch', 1, 1), pending: 40, oldest: { ageMs: 2500, key: 'orders/3@1' }, failures: 2 };
    story.workers = [worker('w1', 's1', [fetch, operator('parse', 1, 1)]), worker('w2', 's2', [fetch])];
    const lines = await story.lines();
    const labels = '{job="orders",operator="fetch",unit="records"}';
    expect(lines).toContain(`streamgauge_operator_pending${labels} 80`);
    expect(lines).toContain(`streamgauge_operator_oldest_age_seconds${labels} 2.5`);
    expect(lines).toContain(`streamgauge_operator_failures_total${labels} 4`);
    expect(lines.filter((line) => line.startsWith('streamgauge_operator_pending{'))).toHaveLength(1);
    expect(lines.join()).not.toContain('orders/3@1');
  });

  it('never lets a counter fall when a worker leaves or starts again', async () => {
    const story = new Story();
    const total = async (): Promise<string | undefined> =>
      (await story.lines())
        .find((line) => line.startsWith('streamgauge_operator_records_in_total'))
        ?.split(' ')
        .at(-1);
    story.workers = [worker('w1', 's1', [operator('parse', 100, 2)]), worker('w2', 's2', [operator('parse', 50, 3)])];
    expect(await total()).toBe('150');
    story.workers = [worker('w1', 's1', [operator('parse', 110, 2)])];
    expect(await total()).toBe('160');
    story.workers = [worker('w1', 's3', [operator('parse', 5, 2)])];
    expect(await total()).toBe('165');
  });

  it('has the job of the operator, and not of its worker', async () => {
    const story = new Story();
    story.workers = [worker('w1', 's1', [operator('parse', 100, 2), { ...operator('charge', 7, 1), job: 'billing' }])];
    const charge = create(OperatorSchema, { id: 7, name: 'charge', job: 'billing', markerDelayNano: 40_000_000n });
    story.metrics.reportReceived('orders', 'w1', 's1', create(ReportSchema, { operators: [charge] }));
    const lines = await story.lines();
    expect(lines).toContain('streamgauge_operator_records_in_total{job="orders",operator="parse",unit="records"} 100');
    expect(lines).toContain('streamgauge_operator_records_in_total{job="billing",operator="charge",unit="records"} 7');
    expect(lines).toContain('streamgauge_operator_marker_delay_seconds_count{job="billing",operator="charge"} 1');
    expect(lines).toContain('streamgauge_worker_connected{job="orders"} 1');
  });

  it('names the worker only when asked to', async () => {
    const story = new Story({}, true);
    story.workers = [worker('w1', 's1', [operator('parse', 100, 2)])];
    expect(await story.lines()).toContain(
      'streamgauge_operator_records_in_total{job="orders",operator="parse",unit="records",worker="w1"} 100',
    );
  });

  it('records each passed epoch of an operator once', async () => {
    const story = new Story();
    const report = (passedEpoch: bigint) =>
      create(ReportSchema, {
        operators: [create(OperatorSchema, { id: 7, name: 'parse', passedEpoch, markerDelayNano: 40_000_000n })],
      });
    for (const epoch of [1n, 1n, 2n]) story.metrics.reportReceived('orders', 'w1', 's1', report(epoch));
    const lines = await story.lines();
    expect(lines).toContain('streamgauge_operator_marker_delay_seconds_count{job="orders",operator="parse"} 2');
    expect(lines).toContain(
      'streamgauge_operator_marker_delay_seconds_bucket{job="orders",operator="parse",le="0.05"} 2',
    );
    expect(lines).toContain(
      'streamgauge_operator_marker_delay_seconds_bucket{job="orders",operator="parse",le="0.01"} 0',
    );
  });

  it('counts incidents as they open and times their detection', async () => {
    const story = new Story();
    const incident = {
      type: 'stall',
      mechanism: 'await-pending',
      category: 'user',
      lastProgressAt: '2026-01-01T00:00:00.000Z',
      openedAt: '2026-01-01T00:00:04.000Z',
    } as Incident;
    story.open = [incident];
    story.tell({ event: 'incident.opened', incident });
    story.tell({ event: 'incident.updated', incident });
    const lines = await story.lines();
    const labels = '{type="stall",mechanism="await-pending",category="user"}';
    expect(lines).toContain(`streamgauge_incident_count_total${labels} 1`);
    expect(lines).toContain(`streamgauge_incident_open${labels} 1`);
    expect(lines).toContain('streamgauge_detection_delay_seconds_sum{type="stall"} 4');
  });

  it('folds series beyond the limit into one that says so, however often they are collected', async () => {
    const story = new Story({}, false, 10);
    for (let id = 1; id <= 30; id++) {
      if (id % 10 === 0) await story.lines();
      story.metrics.reportReceived(
        'orders',
        'w1',
        `s${id}`,
        create(ReportSchema, {
          operators: [create(OperatorSchema, { id, name: `op${id}`, passedEpoch: 1n, markerDelayNano: 1n })],
        }),
      );
    }
    const counts = (await story.lines()).filter((line) =>
      line.startsWith('streamgauge_operator_marker_delay_seconds_count'),
    );
    expect(counts).toHaveLength(10);
    expect(counts.some((line) => line.includes('otel_metric_overflow="true"'))).toBe(true);
  });

  it('sends the same series to an OTLP/HTTP endpoint that the environment names', async () => {
    const bodies: string[] = [];
    const sink = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        bodies.push(`${request.url} ${body}`);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
    try {
      const story = new Story({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
      story.workers = [worker('w1', 's1', [operator('parse', 100, 2)])];
      await story.metrics.close();
      expect(bodies).toHaveLength(1);
      expect(bodies[0]).toMatch(/^\/v1\/metrics /);
      expect(bodies[0]).toContain('"streamgauge.operator.records.in"');
      expect(bodies[0]).toContain('"streamgauge-monitor"');
      expect(story.exports).toEqual([undefined]);
    } finally {
      delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
      sink.close();
    }
  });

  it('counts and tells a protocol that it does not speak as an export that fails', async () => {
    const story = new Story({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    expect(story.exports).toEqual([expect.stringContaining('"grpc" is not supported')]);
    expect(await story.lines()).toContainEqual(
      expect.stringMatching(/^streamgauge_monitor_export_failures_total(?:\{.*\})? 1$/),
    );
    await story.metrics.close();
  });

  it('are all in the document, by name and with what they are', () => {
    const document = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
    for (const [name, { description = '' }] of Object.entries(instruments)) {
      const line = document.split('\n').find((row) => row.includes(`\`${name}\``)) ?? '';
      expect(line, name).toContain(description.replace(/\.$/, ''));
    }
  });
});
