import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { type MetricData, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Suffix per unit, as OpenTelemetry's Prometheus compatibility rules have it; the serialiser adds none by itself. */
const unitSuffix: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes', '1': '_ratio' };

/** Collects when Prometheus asks, and only then. */
export class PrometheusReader extends MetricReader {
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, false, true);

  /** The text for `/metrics`, exposition format 0.0.4. */
  async text(): Promise<string> {
    const { resourceMetrics } = await this.collect();
    return `${this.#serializer.serialize(withUnitSuffixes(resourceMetrics)).trimEnd()}\n`;
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

function withUnitSuffixes(resourceMetrics: ResourceMetrics): ResourceMetrics {
  return {
    ...resourceMetrics,
    scopeMetrics: resourceMetrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.filter((metric) => metric.dataPoints.length > 0).map(withUnitSuffix),
    })),
  };
}

function withUnitSuffix<T extends MetricData>(metric: T): T {
  const { name, unit } = metric.descriptor;
  const suffix = unitSuffix[unit] ?? '';
  // The unit is now part of the name; without it the serialiser writes no UNIT line, which format 0.0.4 does not know.
  return { ...metric, descriptor: { ...metric.descriptor, name: `${name}${suffix}`, unit: '' } };
}
