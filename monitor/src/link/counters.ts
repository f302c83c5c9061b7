/** What the link counts; each is exported as a metric and shown on /statusz. */
export type LinkCounter =
  /** Frames that were understood, by body. */
  | 'frames-received'
  /** Frames that were not understood or not allowed, by reason. */
  | 'frames-refused'
  /** Frames of a kind this version does not know; ignored as the protocol asks. */
  | 'frames-unknown'
  /** Texts and lists that were trimmed. */
  | 'values-trimmed'
  /** Reports that came after a newer one. */
  | 'reports-stale'
  /** Reports that never arrived, seen as a gap in their sequence. */
  | 'reports-missed'
  /** Jobs that operators have named and are not taken for part of, by reason; counted again with every report. */
  | 'jobs-refused'
  /** Events the store has committed. */
  | 'events-stored'
  /** Events the store had already. */
  | 'events-repeated'
  /** Events dropped unacknowledged because the store did not keep up; the worker sends them again. */
  | 'events-dropped'
  /** Connections refused before or at their Hello, by reason. */
  | 'connections-refused'
  /** Connections the monitor ended, by reason. */
  | 'connections-closed'
  /** Times a connection was held back because it sent too much. */
  | 'connections-throttled'
  /** Times a newer connection of the same worker took over. */
  | 'workers-replaced'
  /** Times two live processes were seen to use the same worker name. */
  | 'workers-duplicate'
  /** Faults inside the monitor while it handled a frame. */
  | 'internal-faults';

/** Counts by name and reason; both come from this source code, never from a peer, so the map stays small. */
export interface LinkCounters {
  add(counter: LinkCounter, reason?: string, by?: number): void;
  /** Every count that is not 0. */
  read(): readonly { readonly counter: LinkCounter; readonly reason: string; readonly value: number }[];
}

/** Creates counters that all start at 0; `onAdd` is told each change, for the metrics. */
export function createLinkCounters(
  onAdd: (counter: LinkCounter, reason: string, by: number) => void = () => {},
): LinkCounters {
  const counts = new Map<string, { readonly counter: LinkCounter; readonly reason: string; value: number }>();
  return {
    add: (counter, reason = '', by = 1) => {
      const key = `${counter} ${reason}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { counter, reason, value: by });
      else known.value += by;
      onAdd(counter, reason, by);
    },
    read: () => [...counts.values()],
  };
}
