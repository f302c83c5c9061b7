import { Worker } from 'node:worker_threads';
import type { Event, Topic } from '@streamgauge/proto';
import type { Clock } from '../../clock.ts';
import { MonitorError, type MonitorErrorCode, messageOf, monitorErrorCodes } from '../../errors.ts';
import type { Incident } from '../../incident/incident.ts';
import { filterFields } from '../incident-filter.ts';
import { checkEventNumbers, type LogRecord, recordOfEvent, recordOfIncident, rfc3339 } from '../log-record.ts';
import { type LogEntry, maxSnapshotsPerWorker, type Store } from '../store.ts';
import type { LogRow, SnapshotLimits, StoreFault, StoreOperation, StoreReply, StoreThreadOptions } from './protocol.ts';

/** Share of the file that snapshots may take, so that they never keep an event from being stored. */
const snapshotShare = 1 / 4;

/** Calls that may wait for the disk at the same time; beyond it new ones are refused and counted by the caller. */
const maxPending = 10_000;

const codeOfReason: Readonly<Record<StoreFault['reason'], MonitorErrorCode>> = {
  failed: monitorErrorCodes.storeFailed,
  full: monitorErrorCodes.storeFull,
  'in-use': monitorErrorCodes.dataInUse,
  newer: monitorErrorCodes.dataForeign,
  foreign: monitorErrorCodes.dataForeign,
  unwritable: monitorErrorCodes.dataUnwritable,
};

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: MonitorError) => void;
}

/** A store in one SQLite file, written ahead and synchronised before a call resolves; the file lives in its own thread. */
export function createSqliteStore(options: {
  readonly folder: string;
  readonly clock: Clock;
  /** Largest size of the file. */
  readonly maxBytes: number;
  /** Default: see the constants. */
  readonly snapshots?: Partial<SnapshotLimits>;
  /** Told after each transaction: how long it took and how many writes shared it. */
  readonly onCommit?: (commitMs: number, writes: number) => void;
  /** Told the new name of a damaged file that was set aside. */
  readonly onSetAside?: (path: string) => void;
  /** Told for each entry whose text is damaged, which SQLite does not notice by itself. */
  readonly onUnreadable?: () => void;
}): Store {
  const { clock } = options;
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let nextId = 1;
  let ended: MonitorError = new MonitorError(monitorErrorCodes.storeClosed, 'The store is not open.');

  /** undefined: nobody can read it. One entry must not keep the others from being read. */
  const read = (text: string): unknown => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      options.onUnreadable?.();
      return undefined;
    }
  };
  const readIncident = (body: string): Incident[] => {
    const incident = read(body);
    if (isIncident(incident)) {
      const { labels = {}, jobs } = incident;
      return [{ ...incident, labels, jobs: Array.isArray(jobs) ? jobs : [incident.job] }];
    }
    if (incident !== undefined) options.onUnreadable?.();
    return [];
  };
  const end = (error: MonitorError): void => {
    worker = undefined;
    ended = error;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  const post = (operation: StoreOperation | { readonly kind: 'close' }): Promise<unknown> => {
    const target = worker;
    if (target === undefined) return Promise.reject(ended);
    if (pending.size >= maxPending) {
      const message = `The store has ${maxPending} calls waiting for the disk and takes no more for now.`;
      return Promise.reject(new MonitorError(monitorErrorCodes.storeOverloaded, message));
    }
    return new Promise((resolve, reject) => {
      pending.set(nextId, { resolve, reject });
      target.postMessage({ id: nextId, operation });
      nextId += 1;
    });
  };
  const settle = (reply: StoreReply): void => {
    if (reply.kind !== 'results') return;
    if (reply.writes > 0) options.onCommit?.(reply.commitMs, reply.writes);
    for (const result of reply.results) {
      const waiting = pending.get(result.id);
      pending.delete(result.id);
      if ('fault' in result) waiting?.reject(errorOf(result.fault));
      else waiting?.resolve(result.value);
    }
  };

  return {
    open: async () => {
      const workerData: StoreThreadOptions = {
        folder: options.folder,
        maxBytes: options.maxBytes,
        snapshots: {
          perWorker: options.snapshots?.perWorker ?? maxSnapshotsPerWorker,
          bytes: options.snapshots?.bytes ?? options.maxBytes * snapshotShare,
        },
        startedAt: rfc3339(clock.unixMs()),
      };
      // An empty execArgv: whatever preloads the monitor was started with have no business in this thread.
      const started = new Worker(threadUrl(), { workerData, execArgv: [], name: 'streamgauge-store' });
      const answer = await firstReply(started);
      if (answer.kind === 'refused') throw errorOf(answer.fault);
      if (answer.kind === 'opened' && answer.setAside !== null) options.onSetAside?.(answer.setAside);
      worker = started;
      started.on('message', settle);
      started.on('error', (error) => end(storeFailed(`The store's thread failed: ${messageOf(error)}.`)));
      started.on('exit', () => end(new MonitorError(monitorErrorCodes.storeClosed, 'The store is closed.')));
    },
    appendEvents: async (origin, events) => {
      checkEventNumbers(events);
      const rows = events.map((event) => ({
        topic: event.topic,
        number: event.number,
        log: rowOf(recordOfEvent(origin, event)),
      }));
      const { worker: name, session } = origin;
      const nowUnixMs = clock.unixMs();
      const added = await post({ kind: 'append-events', worker: name, session, events: rows, nowUnixMs });
      return (added as readonly number[]).map((index) => events[index] as Event);
    },
    appendRecord: async (record) => {
      await post({ kind: 'append-log', log: rowOf(record), nowUnixMs: clock.unixMs() });
    },
    offsets: async (name, session) => (await post({ kind: 'offsets', worker: name, session })) as Map<Topic, bigint>,
    readLog: async (startOffset, batchSize) => {
      const rows = (await post({ kind: 'read-log', startOffset, batchSize })) as (LogRow & {
        readonly offset: number;
      })[];
      return rows.map(
        ({ offset, topic, at, job, worker: name, payload }): LogEntry => ({
          offset,
          topic,
          at,
          job,
          worker: name,
          payload: read(payload) ?? null,
        }),
      );
    },
    saveIncident: async (event, incident) => {
      const nowUnixMs = clock.unixMs();
      const log = rowOf(recordOfIncident({ event, incident }, nowUnixMs));
      await post({ kind: 'save-incident', incident: incidentRow(incident), log, nowUnixMs });
    },
    incident: async (id) => {
      const body = (await post({ kind: 'incident', id })) as string | undefined;
      return body === undefined ? undefined : readIncident(body)[0];
    },
    incidents: async (filter, limit) => {
      const wanted: Record<string, string> = {};
      for (const field of filterFields) if (filter[field] !== undefined) wanted[field] = filter[field];
      const bodies = (await post({ kind: 'incidents', filter: wanted, limit })) as readonly string[];
      return bodies.flatMap(readIncident);
    },
    saveSnapshot: async (name, job, atUnixMs, snapshot) => {
      await post({ kind: 'save-snapshot', worker: name, job, atUnixMs, body: JSON.stringify(snapshot) });
    },
    snapshot: async (name, atUnixMs) => {
      const row = (await post({ kind: 'snapshot', worker: name, atUnixMs })) as
        | { readonly at_unix_ms: number; readonly body: string }
        | undefined;
      const snapshot = row === undefined ? undefined : read(row.body);
      return row === undefined || snapshot === undefined ? undefined : { at: rfc3339(row.at_unix_ms), snapshot };
    },
    prune: async (beforeUnixMs) => (await post({ kind: 'prune', beforeUnixMs })) as number,
    probe: async () => {
      const same = await post({ kind: 'probe', nowUnixMs: clock.unixMs() });
      if (same !== true) throw storeFailed('The store did not read back what was written.');
    },
    close: async () => {
      if (worker === undefined) return;
      const closing = worker;
      const gone = new Promise((resolve) => closing.once('exit', resolve));
      await post({ kind: 'close' });
      await gone;
    },
  };
}

/** The first answer says whether the file could be opened. */
function firstReply(worker: Worker): Promise<StoreReply> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error) => reject(storeFailed(`The store's thread did not start: ${messageOf(error)}.`)));
    worker.once('exit', () => reject(storeFailed('The store ended before it was open.')));
  });
}

/** Source runs as .ts, the build as .js; a URL is not rewritten by the compiler. */
function threadUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);
}

/** Whether it has what every reader of incidents relies on. Those that earlier versions have stored have no labels or no jobs. */
function isIncident(value: unknown): value is Omit<Incident, 'labels' | 'jobs'> & Partial<Incident> {
  if (typeof value !== 'object' || value === null) return false;
  const { id, job, worker, dedupKey, openedAt, lastProgressAt, victims, evidence } = value as Partial<Incident>;
  const texts = [id, job, worker, dedupKey, openedAt, lastProgressAt];
  return texts.every((text) => typeof text === 'string') && Array.isArray(victims) && typeof evidence === 'object';
}

function rowOf(record: LogRecord): LogRow {
  return { ...record, payload: JSON.stringify(record.payload) };
}

function incidentRow(incident: Incident): Extract<StoreOperation, { kind: 'save-incident' }>['incident'] {
  return {
    id: incident.id,
    job: incident.job,
    operator: incident.operator,
    type: incident.type,
    category: incident.category,
    state: incident.state,
    openedUnixMs: Date.parse(incident.openedAt),
    resolvedUnixMs: incident.resolvedAt === null ? null : Date.parse(incident.resolvedAt),
    body: JSON.stringify(incident),
  };
}

function errorOf({ reason, message }: StoreFault): MonitorError {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  return new MonitorError(codeOfReason[reason], reason === 'failed' ? `The store failed: ${message}.` : sentence);
}

function storeFailed(message: string): MonitorError {
  return new MonitorError(monitorErrorCodes.storeFailed, message);
}
