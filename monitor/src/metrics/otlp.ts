import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';

/**
 * A reader that sends to the OTLP/HTTP endpoint which the standard `OTEL_EXPORTER_OTLP_*` variables name; undefined when
 * they name none. The exporter itself reads endpoint, headers, compression and time-out from the environment. `onExport` is told why an
 * export has failed, or nothing when it was taken.
 */
export function otlpReader(
  environment: NodeJS.ProcessEnv,
  onExport: (fault: string | undefined) => void,
): PeriodicExportingMetricReader | undefined {
  const endpoint = environment.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT || environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_METRICS_EXPORTER === 'none')
    return undefined;
  const protocol =
    environment.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL || environment.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    onExport(
      `OTLP protocol "${protocol}" is not supported: set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json`,
    );
    return undefined;
  }
  const exportIntervalMillis = milliseconds(environment.OTEL_METRIC_EXPORT_INTERVAL, 60_000);
  const exportTimeoutMillis = milliseconds(environment.OTEL_METRIC_EXPORT_TIMEOUT, 30_000);
  return new PeriodicExportingMetricReader({
    exporter: reportFailures(protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter(), onExport),
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(exportTimeoutMillis, exportIntervalMillis),
  });
}

function milliseconds(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text && Number.isFinite(value) && value >= 10 ? value : fallback;
}

/** The SDK tells failures to its own logger only; the monitor counts them and says so. */
function reportFailures<T extends PushMetricExporter>(exporter: T, onExport: (fault: string | undefined) => void): T {
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      onExport(result.code === 0 ? undefined : (result.error?.message ?? 'no reason given'));
      done(result);
    });
  return exporter;
}
