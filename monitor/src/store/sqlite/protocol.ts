/**
 * What the two threads of the store say to each other: plain values that survive structured cloning, nothing of the rest of
 * the monitor. The thread that owns the file imports only this and its neighbours, so it starts fast and runs anywhere.
 */

/** An event as the file keeps it. */
export interface EventRow {
  readonly topic: number;
  readonly number: bigint;
  readonly log: LogRow;
}

/** A log entry as the file keeps it; `payload` is JSON text. */
export interface LogRow {
  readonly topic: string;
  readonly at: string;
  readonly job: string;
  readonly worker: string;
  readonly payload: string;
}

/** An incident as the file keeps it: the columns that are searched, and the whole as JSON text. */
export interface IncidentRow {
  readonly id: string;
  readonly job: string;
  readonly operator: string;
  readonly type: string;
  readonly category: string;
  readonly state: string;
  readonly openedUnixMs: number;
  readonly resolvedUnixMs: number | null;
  readonly body: string;
}

/** What can be asked of the file, with its arguments. */
export type StoreOperation =
  | {
      readonly kind: 'append-events';
      readonly worker: string;
      readonly session: string;
      readonly events: readonly EventRow[];
      readonly nowUnixMs: number;
    }
  | { readonly kind: 'append-log'; readonly log: LogRow; readonly nowUnixMs: number }
  | { readonly kind: 'offsets'; readonly worker: string; readonly session: string }
  | { readonly kind: 'read-log'; readonly startOffset: number; readonly batchSize: number }
  | { readonly kind: 'save-incident'; readonly incident: IncidentRow; readonly log: LogRow; readonly nowUnixMs: number }
  | { readonly kind: 'incident'; readonly id: string }
  | { readonly kind: 'incidents'; readonly filter: Readonly<Record<string, string>>; readonly limit: number }
  | {
      readonly kind: 'save-snapshot';
      readonly worker: string;
      readonly job: string;
      readonly atUnixMs: number;
      readonly body: string;
    }
  | { readonly kind: 'snapshot'; readonly worker: string; readonly atUnixMs: number }
  | { readonly kind: 'prune'; readonly beforeUnixMs: number }
  | { readonly kind: 'probe'; readonly nowUnixMs: number };

/** Why an operation or the opening of the file failed. */
export interface StoreFault {
  readonly reason: 'failed' | 'full' | 'in-use' | 'newer' | 'foreign' | 'unwritable';
  readonly message: string;
}

/** To the thread. */
export type StoreRequest =
  | { readonly id: number; readonly operation: StoreOperation }
  | { readonly id: number; readonly operation: { readonly kind: 'close' } };

/** From the thread. */
export type StoreReply =
  | { readonly kind: 'opened'; readonly setAside: string | null }
  | { readonly kind: 'refused'; readonly fault: StoreFault }
  | {
      readonly kind: 'results';
      readonly results: readonly StoreResult[];
      readonly commitMs: number;
      readonly writes: number;
    };

/** Answer to one request. */
export type StoreResult =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: StoreFault };

/** How many snapshots are kept; the oldest go first. */
export interface SnapshotLimits {
  readonly perWorker: number;
  /** Of all workers together. */
  readonly bytes: number;
}

/** What the thread is started with. */
export interface StoreThreadOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly snapshots: SnapshotLimits;
  /** Names a file that is set aside. */
  readonly startedAt: string;
}
