import type { MonitorCounter } from '../metrics/instruments.ts';
import type { LinkCounter } from './counters.ts';

/** The instrument that shows a counter of the link, and the attributes that tell it from others of the same instrument. */
export function instrumentOf(
  counter: LinkCounter,
  reason: string,
): { readonly name: MonitorCounter; readonly attributes: Readonly<Record<string, string>> } {
  switch (counter) {
    case 'frames-received':
      return { name: 'streamgauge.monitor.frames.received', attributes: { body: reason } };
    case 'frames-refused':
    case 'connections-refused':
      return { name: 'streamgauge.monitor.frames.refused', attributes: { reason } };
    case 'frames-unknown':
      return { name: 'streamgauge.monitor.frames.refused', attributes: { reason: 'unknown' } };
    case 'values-trimmed':
      return { name: 'streamgauge.monitor.values.trimmed', attributes: {} };
    case 'reports-stale':
      return { name: 'streamgauge.monitor.reports.dropped', attributes: { reason: 'stale' } };
    case 'reports-missed':
      return { name: 'streamgauge.monitor.reports.dropped', attributes: { reason: 'missed' } };
    case 'jobs-refused':
      return { name: 'streamgauge.monitor.jobs.refused', attributes: { reason } };
    case 'events-stored':
      return { name: 'streamgauge.monitor.events.stored', attributes: {} };
    case 'events-repeated':
      return { name: 'streamgauge.monitor.events.dropped', attributes: { reason: 'repeated' } };
    case 'events-dropped':
      return { name: 'streamgauge.monitor.events.dropped', attributes: { reason: 'store-behind' } };
    case 'connections-closed':
      return { name: 'streamgauge.monitor.connections.closed', attributes: { reason } };
    case 'connections-throttled':
      return { name: 'streamgauge.monitor.connections.throttled', attributes: {} };
    case 'workers-replaced':
      return { name: 'streamgauge.monitor.workers.replaced', attributes: { reason: 'newer' } };
    case 'workers-duplicate':
      return { name: 'streamgauge.monitor.workers.replaced', attributes: { reason: 'duplicate' } };
    case 'internal-faults':
      return { name: 'streamgauge.monitor.faults', attributes: {} };
  }
}
