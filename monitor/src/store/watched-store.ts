import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import type { Store } from './store.ts';

/** A store whose failures are counted and remembered until it works again. */
export interface WatchedStore extends Store {
  /** Why the last call failed, as one sentence each; empty when it did not. */
  faults(): readonly string[];
}

/** Wraps a store; nothing else about it changes. */
export function watchStore(store: Store, onFailure: (error: unknown) => void): WatchedStore {
  let fault: string | undefined;
  const watch = async <T>(call: Promise<T>): Promise<T> => {
    try {
      const value = await call;
      fault = undefined;
      return value;
    } catch (error) {
      const closed = error instanceof MonitorError && error.code === monitorErrorCodes.storeClosed;
      // Calls that come in while the monitor shuts down are no failures of the store.
      if (!closed || fault !== undefined) onFailure(error);
      fault = messageOf(error);
      throw error;
    }
  };
  return {
    open: () => store.open(),
    appendEvents: (origin, events) => watch(store.appendEvents(origin, events)),
    offsets: (worker, session) => watch(store.offsets(worker, session)),
    readLog: (startOffset, batchSize) => watch(store.readLog(startOffset, batchSize)),
    saveIncident: (event, incident) => watch(store.saveIncident(event, incident)),
    incident: (id) => watch(store.incident(id)),
    incidents: (filter, limit) => watch(store.incidents(filter, limit)),
    saveSnapshot: (worker, job, atUnixMs, snapshot) => watch(store.saveSnapshot(worker, job, atUnixMs, snapshot)),
    snapshot: (worker, atUnixMs) => watch(store.snapshot(worker, atUnixMs)),
    prune: (beforeUnixMs) => watch(store.prune(beforeUnixMs)),
    probe: () => watch(store.probe()),
    close: () => store.close(),
    faults: () => (fault === undefined ? [] : [fault]),
  };
}
