import type { Event, Topic } from '@streamgauge/proto';
import type { Incident, IncidentFilter } from '../incident/incident.ts';
import type { LogRecord } from './log-record.ts';

/** One entry of the event log, as the feed gives it out. */
export interface LogEntry {
  /** Position in the log, rising by one, starting at 0. */
  readonly offset: number;
  /** lifecycle, failures, evidence, status, incidents, commands. */
  readonly topic: string;
  /** RFC 3339, the time of the event at its origin. */
  readonly at: string;
  readonly job: string;
  readonly worker: string;
  /** JSON form of the event's payload. */
  readonly payload: unknown;
}

/** Snapshots that are kept of one worker: twelve hours, when one is taken each minute. */
export const maxSnapshotsPerWorker = 720;

/** Where the events of a worker come from. */
export interface EventOrigin {
  readonly job: string;
  readonly worker: string;
  readonly session: string;
}

/**
 * Where the monitor keeps what it may not forget.
 *
 * Every method resolves only after its effect would survive the loss of the process, and rejects with a MonitorError when it
 * could not be done; then nothing of it was done. Calls are applied in the order they are made.
 */
export interface Store {
  /** Must be called once, before anything else. Creates or migrates; refuses a newer format without touching it. */
  open(): Promise<void>;
  /** Appends events and moves the worker's offsets in one transaction. Numbers at or below the offset are skipped. Gives the events that were new. */
  appendEvents(origin: EventOrigin, events: readonly Event[]): Promise<readonly Event[]>;
  /** Appends one entry that comes from no worker's event. */
  appendRecord(record: LogRecord): Promise<void>;
  /** Last number stored per topic for that worker's session. */
  offsets(worker: string, session: string): Promise<ReadonlyMap<Topic, bigint>>;
  /** Entries from startOffset on, at most batchSize. */
  readLog(startOffset: number, batchSize: number): Promise<readonly LogEntry[]>;
  /** Writes the incident's newest version and a log entry of topic incidents in one transaction. */
  saveIncident(event: 'incident.opened' | 'incident.updated' | 'incident.resolved', incident: Incident): Promise<void>;
  incident(id: string): Promise<Incident | undefined>;
  /** Newest first, at most limit. */
  incidents(filter: IncidentFilter, limit: number): Promise<readonly Incident[]>;
  /** State of a worker, kept so that a dead worker can be read. Each worker has so many, and all so many bytes; the oldest go. */
  saveSnapshot(worker: string, job: string, atUnixMs: number, snapshot: unknown): Promise<void>;
  /** The newest snapshot taken at or before that time. */
  snapshot(worker: string, atUnixMs: number): Promise<{ readonly at: string; readonly snapshot: unknown } | undefined>;
  /** Deletes log entries, resolved incidents and snapshots older than that; gives how many. Open incidents stay. */
  prune(beforeUnixMs: number): Promise<number>;
  /** Proves a write and a read; rejects with the reason. */
  probe(): Promise<void>;
  close(): Promise<void>;
}
