import type { Meter } from '@opentelemetry/api';

/** Shows what the core has refused, dropped or failed to do: one series per counter, named after it. */
export function observeCoreCounters(meter: Meter, read: () => object): void {
  const instrument = meter.createObservableCounter('streamgauge.monitor.core.dropped', {
    description: 'What the core of the monitor refused, dropped or failed to do, by reason.',
  });
  instrument.addCallback((result) => {
    for (const [name, value] of Object.entries(read())) {
      if (typeof value === 'number') result.observe(value, { reason: kebabCase(name) });
    }
  });
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
