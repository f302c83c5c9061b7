import type { Attributes } from '@opentelemetry/api';

/** What the OpenTelemetry specification gives to everything beyond a limit of series. */
const overflow: Attributes = { 'otel.metric.overflow': true };

/**
 * Gives attributes back as long as they make at most `maxSeries` series together with the overflow, else those of the overflow.
 * The SDK limits an instrument only from one collection to the next: when names change it would keep more series each time.
 */
export function seriesLimit(maxSeries: number): (attributes: Attributes) => Attributes {
  const known = new Set<string>();
  return (attributes) => {
    const key = JSON.stringify(attributes);
    if (known.has(key)) return attributes;
    if (known.size >= maxSeries - 1) return overflow;
    known.add(key);
    return attributes;
  };
}
