import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { LogRow, SnapshotLimits, StoreOperation } from './protocol.ts';
import { SnapshotTable } from './snapshots.ts';

/** Columns of the incident table that can be searched; anything else in a filter is a mistake of the caller. */
/** Incidents in whose body `jobs` names it, beside their own; a text is searched faster than it is parsed, and one may be damaged. */
const ofJob = `CASE WHEN job = ? THEN TRUE WHEN instr(body, ?) = 0 OR NOT json_valid(body) THEN FALSE
  ELSE EXISTS (SELECT 1 FROM json_each(body, '$.jobs') WHERE value = ?) END`;

const incidentColumns = new Set(['job', 'state', 'type', 'category', 'operator']);

/** Carries out operations inside a transaction that the caller began; gives plain values. */
export function createExecutor(database: DatabaseSync, limits: SnapshotLimits): (operation: StoreOperation) => unknown {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const snapshots = new SnapshotTable(prepare, limits);
  const appendLog = (log: LogRow, nowUnixMs: number): void => {
    prepare('INSERT INTO log (topic, at, job, worker, payload, stored_unix_ms) VALUES (?, ?, ?, ?, ?, ?)').run(
      log.topic,
      log.at,
      log.job,
      log.worker,
      log.payload,
      nowUnixMs,
    );
  };

  const readOffsets = (worker: string, session: string): Map<number, bigint> => {
    const statement = prepare('SELECT topic, number FROM event_offset WHERE worker = ? AND session = ?');
    statement.setReadBigInts(true);
    return new Map(statement.all(worker, session).map((row) => [Number(row.topic), row.number as bigint]));
  };

  return (operation) => {
    switch (operation.kind) {
      case 'append-events': {
        const { worker, session, nowUnixMs } = operation;
        const known = readOffsets(worker, session);
        const added: number[] = [];
        const moved = new Set<number>();
        operation.events.forEach((event, index) => {
          if (event.number <= (known.get(event.topic) ?? 0n)) return;
          appendLog(event.log, nowUnixMs);
          known.set(event.topic, event.number);
          moved.add(event.topic);
          added.push(index);
        });
        for (const topic of moved) {
          prepare(
            `INSERT INTO event_offset (worker, session, topic, number, stored_unix_ms) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET number = excluded.number, stored_unix_ms = excluded.stored_unix_ms`,
          ).run(worker, session, topic, known.get(topic) ?? 0n, nowUnixMs);
        }
        return added;
      }
      case 'append-log':
        appendLog(operation.log, operation.nowUnixMs);
        return undefined;
      case 'offsets':
        return readOffsets(operation.worker, operation.session);
      case 'read-log':
        return prepare(
          'SELECT row - 1 AS offset, topic, at, job, worker, payload FROM log WHERE row > ? ORDER BY row LIMIT ?',
        ).all(operation.startOffset, operation.batchSize);
      case 'save-incident': {
        const { incident } = operation;
        prepare(
          `INSERT INTO incident (id, job, operator, type, category, state, opened_unix_ms, resolved_unix_ms, body)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET job = excluded.job, operator = excluded.operator, type = excluded.type,
             category = excluded.category, state = excluded.state, opened_unix_ms = excluded.opened_unix_ms,
             resolved_unix_ms = excluded.resolved_unix_ms, body = excluded.body`,
        ).run(
          incident.id,
          incident.job,
          incident.operator,
          incident.type,
          incident.category,
          incident.state,
          incident.openedUnixMs,
          incident.resolvedUnixMs,
          incident.body,
        );
        appendLog(operation.log, operation.nowUnixMs);
        return undefined;
      }
      case 'incident':
        return prepare('SELECT body FROM incident WHERE id = ?').get(operation.id)?.body;
      case 'incidents': {
        const entries = Object.entries(operation.filter).filter(([column]) => incidentColumns.has(column));
        const conditions = entries.map(([column]) => (column === 'job' ? ofJob : `${column} = ?`));
        const where = entries.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
        const values = entries.flatMap(([column, value]) =>
          column === 'job' ? [value, JSON.stringify(value), value] : [value],
        );
        const parameters: SQLInputValue[] = [...values, operation.limit];
        return prepare(`SELECT body FROM incident ${where} ORDER BY opened_unix_ms DESC, id DESC LIMIT ?`)
          .all(...parameters)
          .map((row) => row.body);
      }
      case 'save-snapshot':
        snapshots.save(operation);
        return undefined;
      case 'snapshot':
        return prepare(
          'SELECT at_unix_ms, body FROM snapshot WHERE worker = ? AND at_unix_ms <= ? ORDER BY at_unix_ms DESC LIMIT 1',
        ).get(operation.worker, operation.atUnixMs);
      case 'prune': {
        const before = operation.beforeUnixMs;
        const counts = [
          prepare('DELETE FROM log WHERE stored_unix_ms < ?').run(before),
          prepare('DELETE FROM incident WHERE resolved_unix_ms IS NOT NULL AND resolved_unix_ms < ?').run(before),
          prepare('DELETE FROM snapshot WHERE at_unix_ms < ?').run(before),
        ];
        prepare('DELETE FROM event_offset WHERE stored_unix_ms < ?').run(before);
        return counts.reduce((sum, { changes }) => sum + Number(changes), 0);
      }
      case 'probe': {
        prepare('INSERT OR REPLACE INTO probe (id, at_unix_ms) VALUES (1, ?)').run(operation.nowUnixMs);
        return prepare('SELECT at_unix_ms FROM probe WHERE id = 1').get()?.at_unix_ms === operation.nowUnixMs;
      }
    }
  };
}
