import type { Attributes, Observable } from '@opentelemetry/api';
import type { GraphView } from '../progress-monitor.ts';
import type { CollectionRound } from './collection-round.ts';
import type { InstrumentName } from './instruments.ts';

/** What is told of edges and channels. */
export interface EdgeInstruments {
  readonly fill: Observable;
  readonly lag: Observable;
  readonly markerDelay: Observable;
  readonly channelLag: Observable;
  readonly channelMarkerDelay: Observable;
}

/** Creates them. */
export function edgeInstruments(gauge: (name: InstrumentName) => Observable): EdgeInstruments {
  return {
    fill: gauge('streamgauge.edge.fill'),
    lag: gauge('streamgauge.edge.lag'),
    markerDelay: gauge('streamgauge.edge.marker.delay'),
    channelLag: gauge('streamgauge.channel.lag'),
    channelMarkerDelay: gauge('streamgauge.channel.marker.delay'),
  };
}

/**
 * Adds the edges and channels of a job to a collection. Operators of the same name are one series over all workers, and so are
 * the partitions of a channel: the sum of their lags, and the largest delay.
 */
export function observeEdges(
  round: CollectionRound,
  { fill, lag, markerDelay, channelLag, channelMarkerDelay }: EdgeInstruments,
  { job, operators, edges, channels }: GraphView,
  perWorker: boolean,
): void {
  const names = new Map(operators.map((operator) => [operator.id, operator.name]));
  for (const { source, target, worker, channel, ...edge } of edges) {
    const attributes: Attributes = { job, source: names.get(source) ?? '', target: names.get(target) ?? '' };
    if (channel !== null) Object.assign(attributes, channelAttributes(channel));
    if (perWorker) attributes.worker = worker;
    if (edge.fill !== null) round.largest(fill, attributes, edge.fill);
    if (edge.markerDelayMs !== null) round.largest(markerDelay, attributes, edge.markerDelayMs / 1000);
    if (channel !== null && edge.queued !== null) round.sum(lag, attributes, edge.queued);
  }
  for (const channel of channels) {
    const attributes: Attributes = { job, ...channelAttributes(channel) };
    if (channel.lag !== null) round.sum(channelLag, attributes, channel.lag);
    if (channel.markerDelayMs !== null) round.largest(channelMarkerDelay, attributes, channel.markerDelayMs / 1000);
  }
}

/** As the semantic conventions of OpenTelemetry call them. */
function channelAttributes({ system, channel }: { readonly system: string; readonly channel: string }): Attributes {
  return { 'messaging.system': system, 'messaging.destination.name': channel };
}
