import type { Clock } from '../clock.ts';

/** How long it is remembered that a listener has failed, when no later incident shows that it works again. */
const listenerForMs = 15 * 60_000;
/** How long it is remembered that something happened once and is over with that. */
const onceForMs = 60_000;
/** The same for stored entries that could not be read: nobody may ask for them again soon. */
const unreadableForMs = 15 * 60_000;

/** Something that is amiss. */
interface Ailment {
  /** For anybody who can reach the probe: no name, no path, nothing that somebody else has said. */
  readonly kind: string;
  /** For those who may read. */
  readonly detail: string;
  readonly untilMs: number;
  readonly lasts: () => boolean;
}

/**
 * What is amiss with a part of the monitor while the rest of it does its work. Each makes `/healthz` red, with the reason, until it
 * is over; docs/reliability.md has the table. The store is not among them: it is asked anew each time.
 */
export interface Health {
  /** One sentence each; `mayRead` adds who and why. */
  faults(mayRead: boolean): readonly string[];
  /** A round of detection has failed: as long as they do, nothing that stands still is found. */
  checkFailed(reason: string): void;
  checked(): void;
  /** A damaged data file was set aside. Over when it has been taken away. */
  dataSetAside(path: string, isThere: () => boolean): void;
  /** Stored entries could not be read. */
  dataUnreadable(): void;
  listenerFailed(listener: string, reason: string): void;
  listenerTold(listener: string): void;
  /** An event found no room behind those that wait for the listener. */
  listenerDropped(listener: string): void;
  exportFailed(reason: string): void;
  exported(): void;
  /** The connection of a worker was cut because it read nothing. */
  workerSlow(): void;
  /** A reader was cut off because it did not take the answer to that request. */
  readerSlow(request: string): void;
}

/** Nothing is amiss at first. Bounded: what there is to be said comes from the source code and the settings. */
export function createHealth(clock: Clock): Health {
  const ailments = new Map<string, Ailment>();
  const begin = (
    part: string,
    told: Pick<Ailment, 'kind' | 'detail'>,
    forMs: number,
    lasts: () => boolean = () => true,
  ): void => {
    ailments.set(part, { ...told, untilMs: clock.monotonicMs() + forMs, lasts });
  };

  return {
    faults: (mayRead) => {
      const nowMs = clock.monotonicMs();
      for (const [part, { untilMs, lasts }] of ailments) if (nowMs >= untilMs || !lasts()) ailments.delete(part);
      return [...new Set([...ailments.values()].map(({ kind, detail }) => (mayRead ? `${kind}: ${detail}` : kind)))];
    },
    checkFailed: (reason) => {
      begin('check', { kind: 'detection fails', detail: reason }, Number.POSITIVE_INFINITY);
    },
    checked: () => void ailments.delete('check'),
    dataSetAside: (path, isThere) => {
      const detail = `it is kept at ${path}, a new one was begun; take the old one away when it is not needed any more`;
      begin('data', { kind: 'the data file was damaged', detail }, Number.POSITIVE_INFINITY, isThere);
    },
    dataUnreadable: () => {
      const detail = 'entries of it could not be read and were left out';
      begin('entries', { kind: 'the data file is damaged', detail }, unreadableForMs);
    },
    listenerFailed: (listener, reason) => {
      begin(`listener ${listener}`, { kind: 'a listener failed', detail: `${listener}: ${reason}` }, listenerForMs);
    },
    listenerTold: (listener) => void ailments.delete(`listener ${listener}`),
    listenerDropped: (listener) => {
      const detail = `${listener}: events that waited for it were dropped`;
      begin(`queue of ${listener}`, { kind: 'a listener is too slow', detail }, listenerForMs);
    },
    exportFailed: (reason) => {
      begin('export', { kind: 'metrics are not exported', detail: reason }, Number.POSITIVE_INFINITY);
    },
    exported: () => void ailments.delete('export'),
    workerSlow: () => {
      const detail = 'its connection was cut because it did not take what was sent; the log has its name';
      begin('worker', { kind: 'a worker does not read', detail }, onceForMs);
    },
    readerSlow: (request) => {
      const detail = `the answer to ${request} was not taken in time, and the connection was cut`;
      begin('reader', { kind: 'a reader does not read', detail }, onceForMs);
    },
  };
}
