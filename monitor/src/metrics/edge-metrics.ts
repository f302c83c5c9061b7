import type { Attributes, Observable } from '@opentelemetry/api';
import type { GraphView } from '../progress-monitor.ts';
import { type CollectionRound, seriesOf } from './collection-round.ts';
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

/** Adds edges of a job to a collection. Operators of the same name are one series over all workers. names: what they are called, by id. */
export function observeEdges(
  round: CollectionRound,
  { fill, lag, markerDelay }: EdgeInstruments,
  job: string,
  edges: GraphView['edges'],
  names: ReadonlyMap<string, string>,
  perWorker: boolean,
): void {
  for (const { source, target, worker, channel, ...edge } of edges) {
    const series = seriesOf({
      job,
      source: names.get(source) ?? '',
      target: names.get(target) ?? '',
      ...(channel !== null && channelAttributes(channel)),
      ...(perWorker && { worker }),
    });
    if (edge.fill !== null) round.largest(fill, series, edge.fill);
    if (edge.markerDelayMs !== null) round.largest(markerDelay, series, edge.markerDelayMs / 1000);
    if (channel !== null && edge.queued !== null) round.sum(lag, series, edge.queued);
  }
}

/** Adds the channels of a job. The partitions of a channel are one series: the sum of their lags, and the largest delay. */
export function observeChannels(
  round: CollectionRound,
  { channelLag, channelMarkerDelay }: EdgeInstruments,
  job: string,
  channels: GraphView['channels'],
): void {
  for (const channel of channels) {
    const series = seriesOf({ job, ...channelAttributes(channel) });
    if (channel.lag !== null) round.sum(channelLag, series, channel.lag);
    if (channel.markerDelayMs !== null) round.largest(channelMarkerDelay, series, channel.markerDelayMs / 1000);
  }
}

/** As the semantic conventions of OpenTelemetry call them. */
function channelAttributes({ system, channel }: { readonly system: string; readonly channel: string }): Attributes {
  return { 'messaging.system': system, 'messaging.destination.name': channel };
}
