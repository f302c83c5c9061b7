import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Report } from '@streamgauge/proto';
import type { MetricsSettings } from '../config/settings.ts';
import type { Logger } from '../log.ts';
import { jobOf } from '../model/worker-jobs.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';
import { type InstrumentName, instruments, type MonitorCounter } from './instruments.ts';
import { otlpReader } from './otlp.ts';
import { observeProgress } from './progress-metrics.ts';
import { PrometheusReader } from './prometheus.ts';
import { seriesLimit } from './series-limit.ts';

/** What the rest of the monitor tells the metrics, and what the metrics tell the world. */
export interface Metrics {
  /** For instruments of plugins. */
  readonly meter: Meter;
  /** Counts something the monitor did. */
  count(name: MonitorCounter, by?: number, attributes?: Attributes): void;
  /** Seconds that one commit of the store took. */
  commitTook(durationSeconds: number): void;
  /** Takes the marker delays out of a report of a worker, whose own job is given; each epoch that an operator passed is recorded once. */
  reportReceived(job: string, worker: string, session: string, report: Report): void;
  /** Forgets the worker's session. */
  workerGone(worker: string): void;
  /** The text for `/metrics`. */
  prometheusText(): Promise<string>;
  /** Sends what is left and ends. */
  close(): Promise<void>;
}

export interface MetricsOptions {
  readonly progress: ProgressMonitor;
  readonly settings: Required<{ [K in keyof MetricsSettings]: NonNullable<MetricsSettings[K]> }>;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly logger: Logger;
  /** Told after each export over OTLP: undefined when it was taken, else why not. */
  readonly onExport?: (fault: string | undefined) => void;
}

/** Starts the export of metrics, to Prometheus on request and to OTLP when the environment names an endpoint. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { progress, settings, environment, version, logger, onExport = () => {} } = options;
  /** Before there is a counter: what is said of the settings. */
  let failedEarly = 0;
  let exportFailed = (): void => {
    failedEarly += 1;
  };
  const prometheus = new PrometheusReader({ cardinalitySelector: () => settings.maxSeries });
  const otlp = otlpReader(environment, (fault) => {
    onExport(fault);
    if (fault === undefined) return;
    exportFailed();
    logger.oncePerMinute('otlp', `metrics could not be exported: ${fault}`);
  });
  const readers: IMetricReader[] = otlp === undefined ? [prometheus] : [prometheus, otlp];
  const provider = new MeterProvider({
    readers,
    resource: resourceFromAttributes({
      'service.name': environment.OTEL_SERVICE_NAME || 'streamgauge-monitor',
      'service.version': version,
    }),
  });
  const meter = provider.getMeter('streamgauge', version);
  const counter = (name: InstrumentName): Counter => meter.createCounter(name, instruments[name]);
  const histogram = (name: InstrumentName): Histogram => meter.createHistogram(name, instruments[name]);

  observeProgress(meter, progress, settings.perWorker);

  const monitorCounters = new Map(
    (Object.keys(instruments) as InstrumentName[])
      .filter((name) => name.startsWith('streamgauge.monitor.') && name !== 'streamgauge.monitor.store.commit.duration')
      .map((name) => [name, counter(name)]),
  );
  const commitDuration = histogram('streamgauge.monitor.store.commit.duration');
  const markerDelay = histogram('streamgauge.operator.marker.delay');
  const delaySeries = seriesLimit(settings.maxSeries);
  const detectionDelay = histogram('streamgauge.detection.delay');
  const incidentCount = counter('streamgauge.incident.count');
  exportFailed = () => monitorCounters.get('streamgauge.monitor.export.failures')?.add(1);
  for (let count = 0; count < failedEarly; count++) exportFailed();

  const endIncidents = progress.onIncident(({ event, incident }) => {
    if (event !== 'incident.opened') return;
    const { type, mechanism, category } = incident;
    incidentCount.add(1, { type, mechanism, category });
    detectionDelay.record((Date.parse(incident.openedAt) - Date.parse(incident.lastProgressAt)) / 1000, { type });
  });

  /** Per worker: its session, and the last epoch recorded per operator id. */
  const recorded = new Map<string, { session: string; epochs: Map<number, bigint> }>();

  return {
    meter,
    count: (name, by = 1, attributes = {}) => monitorCounters.get(name)?.add(by, attributes),
    commitTook: (durationSeconds) => commitDuration.record(durationSeconds),
    reportReceived: (job, worker, session, report) => {
      const known = recorded.get(worker);
      const before = known?.session === session ? known.epochs : new Map<number, bigint>();
      const epochs = new Map<number, bigint>();
      for (const operator of report.operators) {
        epochs.set(operator.id, operator.passedEpoch);
        if (operator.markerDelayNano === 0n || operator.passedEpoch === before.get(operator.id)) continue;
        const attributes: Attributes = { job: jobOf(operator, job), operator: operator.name };
        if (settings.perWorker) attributes.worker = worker;
        markerDelay.record(Number(operator.markerDelayNano) / 1e9, delaySeries(attributes));
      }
      recorded.set(worker, { session, epochs });
    },
    workerGone: (worker) => {
      recorded.delete(worker);
    },
    prometheusText: () => prometheus.text(),
    close: async () => {
      endIncidents();
      await provider.shutdown({ timeoutMillis: 2000 }).catch(() => {});
    },
  };
}
