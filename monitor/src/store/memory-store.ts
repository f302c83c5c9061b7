import type { Event, Topic } from '@streamgauge/proto';
import type { Clock } from '../clock.ts';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import type { Incident, IncidentEventName, IncidentFilter } from '../incident/incident.ts';
import { matchesFilter } from './incident-filter.ts';
import { checkEventNumbers, type LogRecord, recordOfEvent, recordOfIncident, rfc3339 } from './log-record.ts';
import { type EventOrigin, type LogEntry, maxSnapshotsPerWorker, type Store } from './store.ts';

/** How much is kept; what is beyond is dropped, oldest first. */
export interface MemoryStoreLimits {
  /** Characters of JSON in the log, and as many in the snapshots: a count alone says little, one entry may be a megabyte. */
  readonly characters: number;
  readonly logEntries: number;
  readonly incidents: number;
  readonly snapshots: number;
  readonly snapshotsPerWorker: number;
  readonly sessions: number;
}

/** A day of a small installation, and no more than some tens of megabytes. */
const defaultMemoryStoreLimits: MemoryStoreLimits = {
  characters: 32 * 2 ** 20,
  logEntries: 10_000,
  incidents: 1_000,
  snapshots: 5_000,
  snapshotsPerWorker: maxSnapshotsPerWorker,
  sessions: 10_000,
};

interface StoredSnapshot {
  readonly worker: string;
  readonly atUnixMs: number;
  readonly body: string;
}

/**
 * A store that forgets everything at the end of the process. It answers as the durable one does, so that tests and trials
 * need no folder.
 */
export function createMemoryStore(options: {
  readonly clock: Clock;
  readonly limits?: Partial<MemoryStoreLimits>;
  /** Told how many entries were dropped to stay inside the limits. */
  readonly onDrop?: (count: number) => void;
}): Store {
  const { clock } = options;
  const limits = { ...defaultMemoryStoreLimits, ...options.limits };
  const log: { readonly entry: LogEntry; readonly storedUnixMs: number; readonly size: number }[] = [];
  let logSize = 0;
  const offsets = new Map<string, { readonly byTopic: Map<Topic, bigint>; touchedUnixMs: number }>();
  const incidents = new Map<string, Incident>();
  let snapshots: StoredSnapshot[] = [];
  let nextOffset = 0;
  let isOpen = false;

  const requireOpen = (): void => {
    if (!isOpen) throw new MonitorError(monitorErrorCodes.storeClosed, 'The store is not open.');
  };
  const append = (record: LogRecord): void => {
    const size = JSON.stringify(record.payload).length;
    log.push({ entry: { offset: nextOffset, ...copyOf(record) }, storedUnixMs: clock.unixMs(), size });
    logSize += size;
    nextOffset += 1;
    // A tenth beyond the limit before cutting, so that the cost of moving the array is shared by many calls.
    if (log.length <= limits.logEntries * 1.1 && logSize <= limits.characters * 1.1) return;
    let dropped = 0;
    while (log.length - dropped > limits.logEntries || logSize > limits.characters)
      logSize -= log[dropped++]?.size ?? 0;
    options.onDrop?.(log.splice(0, dropped).length);
  };
  const dropOldestKey = (map: Map<string, unknown>): void => {
    map.delete(map.keys().next().value as string);
    options.onDrop?.(1);
  };
  const dropOldestIncident = (): void => {
    const resolved = [...incidents.values()].find((incident) => incident.state === 'resolved');
    incidents.delete((resolved ?? (incidents.values().next().value as Incident)).id);
    options.onDrop?.(1);
  };

  return {
    open: async () => {
      isOpen = true;
    },
    appendEvents: async (origin: EventOrigin, events: readonly Event[]) => {
      requireOpen();
      checkEventNumbers(events);
      const key = sessionKey(origin.worker, origin.session);
      const known = offsets.get(key) ?? { byTopic: new Map<Topic, bigint>(), touchedUnixMs: 0 };
      known.touchedUnixMs = clock.unixMs();
      offsets.delete(key);
      if (offsets.size >= limits.sessions) dropOldestKey(offsets);
      offsets.set(key, known);
      const added: Event[] = [];
      for (const event of events) {
        if (event.number <= (known.byTopic.get(event.topic) ?? 0n)) continue;
        append(recordOfEvent(origin, event));
        known.byTopic.set(event.topic, event.number);
        added.push(event);
      }
      return added;
    },
    appendRecord: async (record) => {
      requireOpen();
      append(record);
    },
    offsets: async (worker, session) => {
      requireOpen();
      return new Map(offsets.get(sessionKey(worker, session))?.byTopic);
    },
    readLog: async (startOffset, batchSize) => {
      requireOpen();
      const first = log.findIndex(({ entry }) => entry.offset >= startOffset);
      return first === -1 ? [] : log.slice(first, first + batchSize).map(({ entry }) => entry);
    },
    saveIncident: async (event: IncidentEventName, incident: Incident) => {
      requireOpen();
      if (!incidents.has(incident.id) && incidents.size >= limits.incidents) dropOldestIncident();
      incidents.set(incident.id, copyOf(incident));
      append(recordOfIncident({ event, incident }, clock.unixMs()));
    },
    incident: async (id) => {
      requireOpen();
      return incidents.get(id);
    },
    incidents: async (filter: IncidentFilter, limit) => {
      requireOpen();
      return [...incidents.values()]
        .filter((incident) => matchesFilter(incident, filter))
        .sort((left, right) => Date.parse(right.openedAt) - Date.parse(left.openedAt) || compare(right.id, left.id))
        .slice(0, limit);
    },
    saveSnapshot: async (worker, _job, atUnixMs, snapshot) => {
      requireOpen();
      const own = snapshots.filter((stored) => stored.worker === worker).length;
      const oldest =
        own >= limits.snapshotsPerWorker ? snapshots.find((stored) => stored.worker === worker) : undefined;
      snapshots = snapshots.filter(
        (stored) => stored !== oldest && (stored.worker !== worker || stored.atUnixMs !== atUnixMs),
      );
      snapshots.push({ worker, atUnixMs, body: JSON.stringify(snapshot) });
      let size = snapshots.reduce((sum, { body }) => sum + body.length, 0);
      let dropped = 0;
      while (snapshots.length - dropped > limits.snapshots || size > limits.characters)
        size -= snapshots[dropped++]?.body.length ?? 0;
      if (dropped > 0) options.onDrop?.(snapshots.splice(0, dropped).length);
    },
    snapshot: async (worker, atUnixMs) => {
      requireOpen();
      const found = snapshots
        .filter((stored) => stored.worker === worker && stored.atUnixMs <= atUnixMs)
        .reduce<StoredSnapshot | undefined>(
          (best, next) => (best && best.atUnixMs > next.atUnixMs ? best : next),
          undefined,
        );
      return found && { at: rfc3339(found.atUnixMs), snapshot: JSON.parse(found.body) as unknown };
    },
    prune: async (beforeUnixMs) => {
      requireOpen();
      const countBefore = log.length + incidents.size + snapshots.length;
      const kept = log.filter(({ storedUnixMs }) => storedUnixMs >= beforeUnixMs);
      log.splice(0, log.length, ...kept);
      logSize = kept.reduce((sum, { size }) => sum + size, 0);
      for (const incident of incidents.values()) {
        if (incident.resolvedAt !== null && Date.parse(incident.resolvedAt) < beforeUnixMs)
          incidents.delete(incident.id);
      }
      snapshots = snapshots.filter(({ atUnixMs }) => atUnixMs >= beforeUnixMs);
      for (const [key, { touchedUnixMs }] of offsets) if (touchedUnixMs < beforeUnixMs) offsets.delete(key);
      return countBefore - log.length - incidents.size - snapshots.length;
    },
    probe: async () => requireOpen(),
    close: async () => {
      isOpen = false;
    },
  };
}

/** Names may hold any character but not NUL, which the link replaces. */
function sessionKey(worker: string, session: string): string {
  return `${worker}\0${session}`;
}

/** What is stored must not change when the caller's object does. */
function copyOf<T>(value: T): T {
  return structuredClone(value);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
