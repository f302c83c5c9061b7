import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StoreFault, StoreThreadOptions } from './protocol.ts';
import { applicationId, migrate, schemaVersion } from './schema.ts';

/** Name of the data file in its folder. */
const dataFileName = 'streamgauge.db';

const pageBytes = 4096;

/** Result codes of SQLite that mean something to a person; https://www.sqlite.org/rescode.html */
const busy = 5;
const readOnly = 8;
const inputOutput = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** A fault of opening or using the file, already put in words. */
export class StoreFaultError extends Error {
  readonly fault: StoreFault;

  constructor(fault: StoreFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * Opens or creates the data file. A damaged one is set aside under a new name, never deleted, and a new one is begun.
 *
 * @throws StoreFaultError when the folder cannot be written, the file is in use, newer, or not ours
 */
export function openDatabase(options: StoreThreadOptions): { database: DatabaseSync; setAside: string | null } {
  const { folder } = options;
  try {
    makeFolder(resolve(folder));
  } catch (error) {
    throw new StoreFaultError(unwritable(folder, error));
  }
  const path = join(folder, dataFileName);
  try {
    return { database: openChecked(path, options), setAside: null };
  } catch (error) {
    if (!isDamage(error)) throw asFault(error, folder);
    const aside = `${path}.damaged-${options.startedAt.replace(/[^0-9TZ]/g, '')}`;
    try {
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
      return { database: openChecked(path, options), setAside: aside };
    } catch (second) {
      throw asFault(second, folder);
    }
  }
}

/**
 * Makes a folder and those above it. Not by the recursive option of mkdir: where a file system answers ENOENT although the
 * folder above exists, as procfs does, Node.js then never returns.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'EEXIST') throw error;
  }
}

/** Puts whatever the engine threw in words. */
export function faultOf(error: unknown): StoreFault {
  const code = resultCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === full) {
    return {
      reason: 'full',
      message:
        'the data file has reached storeMaxBytes or the disk is full; free space, raise storeMaxBytes or shorten retentionMs',
    };
  }
  if (code === readOnly || code === cannotOpen) return { reason: 'unwritable', message };
  if (code === inputOutput) return { reason: 'failed', message: `the disk reported an error: ${message}` };
  return { reason: 'failed', message };
}

function openChecked(path: string, options: StoreThreadOptions): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 250, readBigInts: false });
  try {
    // Nothing may be written before the file is known to be ours: first look, then change modes.
    const version = pragma(database, 'user_version');
    const application = pragma(database, 'application_id');
    const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables;
    if (tables !== 0 && application !== applicationId) throw new StoreFaultError(foreign(path));
    if (version > schemaVersion) throw new StoreFaultError(newer(path, version));
    // What workers tell of their code is nobody else's business, also where the folder was there before.
    chmodSync(path, 0o600);
    // One process per file: a second monitor would hand out the same offsets.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`PRAGMA max_page_count = ${Math.max(256, Math.floor(options.maxBytes / pageBytes))}`);
    // Takes the exclusive lock now rather than at the first event.
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (verdict !== 'ok') throw new DamageError(String(verdict));
    migrate(database, version);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class DamageError extends Error {}

function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return error instanceof DamageError || code === corrupt || code === notADatabase;
}

function asFault(error: unknown, folder: string): StoreFaultError {
  if (error instanceof StoreFaultError) return error;
  const code = resultCode(error);
  if (code === busy) {
    return new StoreFaultError({
      reason: 'in-use',
      message: `the data folder ${folder} is in use by another monitor; stop it, or give this one its own folder`,
    });
  }
  if (code === cannotOpen || code === readOnly) return new StoreFaultError(unwritable(folder, error));
  return new StoreFaultError(faultOf(error));
}

function unwritable(folder: string, error: unknown): StoreFault {
  const detail = error instanceof Error ? error.message : String(error);
  return {
    reason: 'unwritable',
    message: `the data folder ${folder} cannot be written (${detail}); check the path and its permissions`,
  };
}

function foreign(path: string): StoreFault {
  return { reason: 'foreign', message: `${path} belongs to another program; give an empty folder` };
}

function newer(path: string, version: number): StoreFault {
  return {
    reason: 'newer',
    message: `${path} has format ${version} and this monitor knows formats up to ${schemaVersion}; run the newer monitor, or give another folder`,
  };
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}

/** The primary result code; the upper bits of `errcode` say more than is needed. */
function resultCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}
