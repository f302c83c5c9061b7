import type { DatabaseSync } from 'node:sqlite';

/** Marks the file as ours: the letters SGM1. */
export const applicationId = 0x53474d31;

/** Version of the tables below. A file with a higher one is refused. */
export const schemaVersion = 1;

/**
 * One step per version, never changed once released. Offsets of the log are rowid - 1; AUTOINCREMENT keeps them rising even
 * after the newest rows were pruned.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE log (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL, at TEXT NOT NULL, job TEXT NOT NULL, worker TEXT NOT NULL,
    payload TEXT NOT NULL, stored_unix_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX log_stored ON log (stored_unix_ms);
  CREATE TABLE event_offset (
    worker TEXT NOT NULL, session TEXT NOT NULL, topic INTEGER NOT NULL,
    number INTEGER NOT NULL, stored_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (worker, session, topic)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    job TEXT NOT NULL, operator TEXT NOT NULL, type TEXT NOT NULL, category TEXT NOT NULL, state TEXT NOT NULL,
    opened_unix_ms INTEGER NOT NULL, resolved_unix_ms INTEGER, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incident_opened ON incident (opened_unix_ms DESC, id DESC);
  CREATE INDEX incident_state ON incident (state, opened_unix_ms DESC);
  CREATE TABLE snapshot (
    worker TEXT NOT NULL, at_unix_ms INTEGER NOT NULL, job TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (worker, at_unix_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX snapshot_at ON snapshot (at_unix_ms);
  CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), at_unix_ms INTEGER NOT NULL) STRICT;
  `,
];

/** Brings an empty or older file to the newest version, in one transaction. */
export function migrate(database: DatabaseSync, fromVersion: number): void {
  if (fromVersion === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of migrations.slice(fromVersion)) database.exec(step);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
