import { create, type Event, encodeWorkerMessageJson, Topic, WorkerMessageSchema } from '@streamgauge/proto';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import type { IncidentEvent } from '../incident/incident.ts';
import type { EventOrigin, LogEntry } from './store.ts';

/** A log entry that has no position yet. */
export type LogRecord = Omit<LogEntry, 'offset'>;

/** Largest event number that can be stored: the engine keeps signed 64-bit integers. */
export const maxEventNumber: bigint = 2n ** 63n - 1n;

/** Largest time a Date can hold, either way of 1970. */
const maxUnixMs = 8.64e15;

const topicNames: Readonly<Record<Topic, string>> = {
  [Topic.UNSPECIFIED]: 'other',
  [Topic.LIFECYCLE]: 'lifecycle',
  [Topic.FAILURES]: 'failures',
  [Topic.EVIDENCE]: 'evidence',
  [Topic.STATUS]: 'status',
};

/** The log entry of an event from a worker; the payload is its ProtoJSON form. */
export function recordOfEvent(origin: EventOrigin, event: Event): LogRecord {
  return {
    topic: topicNames[event.topic] ?? 'other',
    at: rfc3339(Number(event.atUnixNano / 1_000_000n)),
    job: origin.job,
    worker: origin.worker,
    payload: payloadOf(event),
  };
}

/** The log entry of a change of an incident. */
export function recordOfIncident(event: IncidentEvent, nowUnixMs: number): LogRecord {
  const { incident } = event;
  return { topic: 'incidents', at: rfc3339(nowUnixMs), job: incident.job, worker: incident.worker, payload: event };
}

/** Refuses what no store could keep, before anything is written. */
export function checkEventNumbers(events: readonly Event[]): void {
  for (const event of events) {
    if (event.number < 1n || event.number > maxEventNumber) {
      throw new MonitorError(
        monitorErrorCodes.storeFailed,
        `An event carries the number ${event.number}; numbers go from 1 to ${maxEventNumber}.`,
      );
    }
  }
}

/** RFC 3339 text; times that no calendar holds are pulled to the nearest one that can be written. */
export function rfc3339(unixMs: number): string {
  const finite = Number.isFinite(unixMs) ? unixMs : 0;
  return new Date(Math.max(-maxUnixMs, Math.min(maxUnixMs, finite))).toISOString();
}

function payloadOf(event: Event): unknown {
  const message = create(WorkerMessageSchema, { body: { case: 'event', value: event } });
  const json = JSON.parse(encodeWorkerMessageJson(message)) as { readonly event?: Record<string, unknown> };
  return event.payload.case === undefined ? {} : (json.event?.[event.payload.case] ?? {});
}
