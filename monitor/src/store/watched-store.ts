import type { Clock } from '../clock.ts';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import type { Store } from './store.ts';

/**
 * How long a failure counts when calls of its kind have not come again. What has to be stored is tried again every second; what a
 * person asked for once must not keep the monitor red long after the disk has room again.
 */
const remembersMs = 10_000;

/** The same of what is done once a minute, and of what is done once an hour. */
const seldomMs = 90_000;
const seldom: ReadonlySet<keyof Store> = new Set(['saveSnapshot', 'prune']);

/** A store whose failures are counted and remembered until it works again. */
export interface WatchedStore extends Store {
  /** Why calls fail, as one sentence each; empty when they do not. Reading may work while writing does not: each kind has its own. */
  faults(): readonly string[];
}

/** Wraps a store; nothing else about it changes. */
export function watchStore(store: Store, clock: Clock, onFailure: (error: unknown) => void): WatchedStore {
  /** By kind of call. */
  const faults = new Map<string, { readonly message: string; readonly untilMs: number }>();
  const watch = async <T>(kind: keyof Store, call: Promise<T>): Promise<T> => {
    try {
      const value = await call;
      faults.delete(kind);
      return value;
    } catch (error) {
      const closed = error instanceof MonitorError && error.code === monitorErrorCodes.storeClosed;
      // Calls that come in while the monitor shuts down are no failures of the store.
      if (!closed || faults.size > 0) onFailure(error);
      const forMs = seldom.has(kind) ? seldomMs : remembersMs;
      faults.set(kind, { message: messageOf(error), untilMs: clock.monotonicMs() + forMs });
      throw error;
    }
  };
  return {
    open: () => store.open(),
    appendEvents: (origin, events) => watch('appendEvents', store.appendEvents(origin, events)),
    appendRecord: (record) => watch('appendRecord', store.appendRecord(record)),
    offsets: (worker, session) => watch('offsets', store.offsets(worker, session)),
    readLog: (startOffset, batchSize) => watch('readLog', store.readLog(startOffset, batchSize)),
    saveIncident: (event, incident) => watch('saveIncident', store.saveIncident(event, incident)),
    incident: (id) => watch('incident', store.incident(id)),
    incidents: (filter, limit) => watch('incidents', store.incidents(filter, limit)),
    saveSnapshot: (worker, job, atUnixMs, snapshot) =>
      watch('saveSnapshot', store.saveSnapshot(worker, job, atUnixMs, snapshot)),
    snapshot: (worker, atUnixMs) => watch('snapshot', store.snapshot(worker, atUnixMs)),
    prune: (beforeUnixMs) => watch('prune', store.prune(beforeUnixMs)),
    probe: () => watch('probe', store.probe()),
    close: () => store.close(),
    faults: () => {
      const nowMs = clock.monotonicMs();
      for (const [kind, { untilMs }] of faults) if (nowMs >= untilMs) faults.delete(kind);
      return [...new Set([...faults.values()].map(({ message }) => message))];
    },
  };
}
