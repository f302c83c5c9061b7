import type { StatementSync } from 'node:sqlite';
import type { SnapshotLimits, StoreOperation } from './protocol.ts';

/** Rows that are deleted at once when there are too many bytes. */
const rowsAtOnce = 200;
/** Share of the bytes that is left when there were too many, so that not every snapshot has to make room. */
const keptShare = 0.9;
/** A worker's snapshots are counted after this share of how many it may have was added. */
const addedShare = 1 / 16;
/** Workers of which it is known how many were added; beyond it all begin anew, which only counts more often. */
const maxCounted = 10_000;

/** Snapshots in the file: so many of each worker, so many bytes of all, the oldest go first. */
export class SnapshotTable {
  readonly #prepare: (sql: string) => StatementSync;
  readonly #limits: SnapshotLimits;
  readonly #added = new Map<string, number>();
  /** Never less than there are, as far as no transaction was taken back; counted before anything is deleted for it. */
  #bytes: number | undefined;

  constructor(prepare: (sql: string) => StatementSync, limits: SnapshotLimits) {
    this.#prepare = prepare;
    this.#limits = limits;
  }

  save({ worker, atUnixMs, job, body }: Extract<StoreOperation, { kind: 'save-snapshot' }>): void {
    this.#prepare('INSERT OR REPLACE INTO snapshot (worker, at_unix_ms, job, body) VALUES (?, ?, ?, ?)').run(
      worker,
      atUnixMs,
      job,
      body,
    );
    this.#limitWorker(worker);
    this.#bytes = (this.#bytes ?? this.#count()) + Buffer.byteLength(body);
    if (this.#bytes > this.#limits.bytes) this.#limitBytes();
  }

  #limitWorker(worker: string): void {
    const added = (this.#added.get(worker) ?? 0) + 1;
    if (added < Math.max(1, this.#limits.perWorker * addedShare)) {
      if (this.#added.size >= maxCounted) this.#added.clear();
      this.#added.set(worker, added);
      return;
    }
    this.#added.delete(worker);
    this.#prepare(
      `DELETE FROM snapshot WHERE worker = ? AND at_unix_ms <=
         (SELECT at_unix_ms FROM snapshot WHERE worker = ? ORDER BY at_unix_ms DESC LIMIT 1 OFFSET ?)`,
    ).run(worker, worker, this.#limits.perWorker);
  }

  #limitBytes(): void {
    let bytes = this.#count();
    const remove = this.#prepare(
      `DELETE FROM snapshot WHERE (worker, at_unix_ms) IN
         (SELECT worker, at_unix_ms FROM snapshot ORDER BY at_unix_ms LIMIT ${rowsAtOnce})
       RETURNING octet_length(body) AS bytes`,
    );
    if (bytes > this.#limits.bytes) {
      while (bytes > this.#limits.bytes * keptShare) {
        const removed = remove.all();
        if (removed.length === 0) break;
        bytes -= removed.reduce((sum, row) => sum + Number(row.bytes), 0);
      }
    }
    this.#bytes = bytes;
  }

  /** The engine knows the length of a text without reading it. */
  #count(): number {
    return Number(this.#prepare('SELECT sum(octet_length(body)) AS bytes FROM snapshot').get()?.bytes ?? 0);
  }
}
