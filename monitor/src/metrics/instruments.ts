import type { MetricOptions } from '@opentelemetry/api';

/** Upper bounds of the buckets of every duration histogram, in seconds: from a healthy marker to a stall of a day. */
const durationBoundariesSeconds: readonly number[] = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400,
];

const seconds = (description: string): MetricOptions => ({ description, unit: 's' });
const ratio = (description: string): MetricOptions => ({ description, unit: '1' });
const count = (description: string): MetricOptions => ({ description });
const duration = (description: string): MetricOptions => ({
  description,
  unit: 's',
  advice: { explicitBucketBoundaries: [...durationBoundariesSeconds] },
});

export type InstrumentName =
  | 'streamgauge.operator.records.in'
  | 'streamgauge.operator.records.out'
  | 'streamgauge.operator.time'
  | 'streamgauge.operator.in_flight'
  | 'streamgauge.operator.marker.age'
  | 'streamgauge.operator.marker.delay'
  | 'streamgauge.operator.pending'
  | 'streamgauge.operator.oldest.age'
  | 'streamgauge.operator.failures'
  | 'streamgauge.edge.fill'
  | 'streamgauge.edge.lag'
  | 'streamgauge.edge.marker.delay'
  | 'streamgauge.channel.lag'
  | 'streamgauge.channel.marker.delay'
  | 'streamgauge.incident.count'
  | 'streamgauge.incident.open'
  | 'streamgauge.detection.delay'
  | 'streamgauge.worker.connected'
  | 'streamgauge.worker.report.age'
  | 'streamgauge.monitor.frames.received'
  | 'streamgauge.monitor.frames.refused'
  | 'streamgauge.monitor.events.stored'
  | 'streamgauge.monitor.events.dropped'
  | 'streamgauge.monitor.reports.dropped'
  | 'streamgauge.monitor.jobs.refused'
  | 'streamgauge.monitor.connections.closed'
  | 'streamgauge.monitor.connections.dropped'
  | 'streamgauge.monitor.tokens.refused'
  | 'streamgauge.monitor.connections.throttled'
  | 'streamgauge.monitor.workers.replaced'
  | 'streamgauge.monitor.values.trimmed'
  | 'streamgauge.monitor.faults'
  | 'streamgauge.monitor.store.dropped'
  | 'streamgauge.monitor.store.commit.duration'
  | 'streamgauge.monitor.store.failures'
  | 'streamgauge.monitor.store.set_aside'
  | 'streamgauge.monitor.store.unreadable'
  | 'streamgauge.monitor.listener.failures'
  | 'streamgauge.monitor.listener.dropped'
  | 'streamgauge.monitor.classifier.failures'
  | 'streamgauge.monitor.classifier.labels.dropped'
  | 'streamgauge.monitor.export.failures'
  | 'streamgauge.monitor.http.cut'
  | 'streamgauge.monitor.handshakes.refused'
  | 'streamgauge.monitor.commands';

/** Name, unit and help text of everything the monitor exports. Names are contract. */
export const instruments: Readonly<Record<InstrumentName, MetricOptions>> = {
  'streamgauge.operator.records.in': count('Records or bytes whose completion the operator has signalled.'),
  'streamgauge.operator.records.out': count('Records or bytes the operator has handed on.'),
  'streamgauge.operator.time': seconds('Time the operator has spent busy, idle, backpressured or paused.'),
  'streamgauge.operator.in_flight': count('Records or bytes the operator has taken and not completed.'),
  'streamgauge.operator.marker.age': seconds('Age of the oldest marker that waits in front of the operator.'),
  'streamgauge.operator.marker.delay': duration('Time a marker needed from its source to the operator.'),
  'streamgauge.operator.pending': count(
    'Work that waits for the operator outside of its worker, as its client library knows.',
  ),
  'streamgauge.operator.oldest.age': seconds('Age of the oldest record in flight.'),
  'streamgauge.operator.failures': count('Attempts of the operator that have failed.'),
  'streamgauge.edge.lag': count('Messages between two processes that the target has not reached.'),
  'streamgauge.edge.marker.delay': seconds(
    'Age of the oldest record between two operators that the target has not reached.',
  ),
  'streamgauge.channel.lag': count('Messages of a channel that its furthest consumer behind has not reached.'),
  'streamgauge.channel.marker.delay': seconds(
    'Age of the oldest message of a channel that a consumer has not reached.',
  ),
  'streamgauge.edge.fill': ratio('Share of the room between two operators that is taken.'),
  'streamgauge.incident.count': count('Incidents opened.'),
  'streamgauge.incident.open': count('Incidents open now.'),
  'streamgauge.detection.delay': duration('Time from the last progress to the opening of the incident.'),
  'streamgauge.worker.connected': count('Workers connected now.'),
  'streamgauge.worker.report.age': seconds('Age of the oldest of the newest reports of the connected workers.'),
  'streamgauge.monitor.frames.received': count('Frames received from workers.'),
  'streamgauge.monitor.frames.refused': count('Frames and connections refused, by reason.'),
  'streamgauge.monitor.events.stored': count('Events of workers committed to the store.'),
  'streamgauge.monitor.events.dropped': count('Events dropped unacknowledged; their workers send them again.'),
  'streamgauge.monitor.reports.dropped': count('Reports that were lost on the way or came too late, by reason.'),
  'streamgauge.monitor.jobs.refused': count(
    'Jobs of operators and tasks that were not taken, once for every message, by reason.',
  ),
  'streamgauge.monitor.tokens.refused': count(
    'Requests with a token that is wrong, has expired, or comes from a barred address, by reason.',
  ),
  'streamgauge.monitor.connections.dropped': count('Connections closed at once because there were too many.'),
  'streamgauge.monitor.connections.closed': count('Connections of workers that the monitor ended, by reason.'),
  'streamgauge.monitor.connections.throttled': count('Times a connection was held back because it sent too much.'),
  'streamgauge.monitor.workers.replaced': count('Times a newer connection of a worker took over, by reason.'),
  'streamgauge.monitor.values.trimmed': count('Texts and lists of workers that were cut to their limits.'),
  'streamgauge.monitor.faults': count('Faults inside the monitor that it survived.'),
  'streamgauge.monitor.store.dropped': count('Entries a store in memory dropped to stay inside its limits.'),
  'streamgauge.monitor.store.commit.duration': duration('Time one commit of the store took.'),
  'streamgauge.monitor.store.failures': count('Store operations that failed.'),
  'streamgauge.monitor.store.set_aside': count('Damaged data files that were set aside.'),
  'streamgauge.monitor.store.unreadable': count('Stored entries that could not be read and were left out.'),
  'streamgauge.monitor.listener.failures': count('Calls of incident listeners that failed or timed out.'),
  'streamgauge.monitor.listener.dropped': count('Incident events dropped because a listener was too slow.'),
  'streamgauge.monitor.classifier.failures': count(
    'Cases for which a classifier of the operator gave no usable answer, by classifier and reason.',
  ),
  'streamgauge.monitor.classifier.labels.dropped': count(
    'Labels of classifiers that were left out: undeclared, or no text.',
  ),
  'streamgauge.monitor.export.failures': count('Exports of metrics that failed.'),
  'streamgauge.monitor.handshakes.refused': count(
    'TLS handshakes that failed, also for want of a certificate that is trusted.',
  ),
  'streamgauge.monitor.http.cut': count('Readers cut off because they did not take an answer in time.'),
  'streamgauge.monitor.commands': count('Commands for workers that were asked for, by command and outcome.'),
};

/** Instruments that count what the monitor itself does. */
export type MonitorCounter = Exclude<
  Extract<InstrumentName, `streamgauge.monitor.${string}`>,
  'streamgauge.monitor.store.commit.duration'
>;
