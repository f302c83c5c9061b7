import type { Meter } from '@opentelemetry/api';
import type { Incident, IncidentEventName, IncidentFilter, IncidentType } from '../incident/incident.ts';
import type { Logger } from '../log.ts';
import type { JobView, WorkerView } from '../progress-monitor.ts';

/** What a listener may use while it handles one incident. */
export interface IncidentContext {
  /** What happened to the incident. */
  readonly event: IncidentEventName;
  /** The same for every attempt to tell of this event; receivers may use it to drop repetitions. */
  readonly deliveryKey: string;
  /** For the listener's own instruments. */
  readonly meter: Meter;
  readonly logger: Logger;
  /** Aborted when the listener's time is up, or the monitor shuts down. */
  readonly signal: AbortSignal;
  readonly job: () => JobView | undefined;
  readonly worker: () => WorkerView | undefined;
  /** Earlier incidents, newest first. */
  readonly history: (filter: IncidentFilter) => Promise<readonly Incident[]>;
}

/** Told of incidents. One instance lives as long as the monitor; it is never called twice at the same time. */
export interface IncidentListener {
  /** Unique among the listeners of a monitor; appears in logs and counters. */
  readonly name: string;
  /** Types of incidents it is told of. Absent: all. */
  readonly types?: readonly (IncidentType | (string & {}))[] | undefined;
  /** May return a promise: the next event waits for it, until its time is up. What it throws is logged and counted. */
  readonly onIncident: (incident: Incident, context: IncidentContext) => void | Promise<void>;
}

/** Gives the listener back as it is; lets an editor know what belongs into it. */
export function defineIncidentListener(listener: IncidentListener): IncidentListener {
  return listener;
}
