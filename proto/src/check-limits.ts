import type { Event } from '../gen/streamgauge/v1/event_pb.js';
import type { Heartbeat, Hello, WorkerMessage } from '../gen/streamgauge/v1/link_pb.js';
import type { Report } from '../gen/streamgauge/v1/report_pb.js';
import { ProtocolError, ProtocolErrorCode } from './errors.ts';
import { LIMITS } from './limits.ts';
import { clampText } from './text.ts';

/**
 * Refuses a decoded frame of a worker that must not go further: an identity that is missing or not plain text, a list that
 * is too long to be cut without changing its meaning, a number that would break the numbering. Everything else is trimmed
 * by clampWorkerMessage instead. A frame whose body is unknown passes; the caller ignores and counts it.
 *
 * @throws ProtocolError FIELD_MISSING, FIELD_INVALID or LIMIT_EXCEEDED; the message names the field.
 */
export function checkLimits(message: WorkerMessage): void {
  switch (message.body.case) {
    case 'hello':
      checkHello(message.body.value);
      break;
    case 'report':
      checkReport(message.body.value);
      break;
    case 'event':
      checkEvent(message.body.value);
      break;
    case 'heartbeat':
      checkHeartbeat(message.body.value);
      break;
  }
}

function checkHello(hello: Hello): void {
  if (hello.protocolVersion === 0) throw missing('Hello.protocol_version');
  checkIdentity('Hello.worker', hello.worker, LIMITS.IDENTITY_CHARACTERS);
  checkIdentity('Hello.job', hello.job, LIMITS.IDENTITY_CHARACTERS);
  checkIdentity('Hello.session', hello.session, LIMITS.TOKEN_CHARACTERS);
  checkLength('Hello.capabilities', hello.capabilities, LIMITS.CAPABILITIES);
}

function checkIdentity(field: string, text: string, maxCharacters: number): void {
  if (text.trim() === '') throw missing(field);
  if (clampText(text, maxCharacters) !== text) {
    const mend = `use at most ${maxCharacters} characters without control characters`;
    throw new ProtocolError(ProtocolErrorCode.FIELD_INVALID, `${field} is too long or not plain text; ${mend}.`);
  }
}

function checkReport(report: Report): void {
  checkLength('Report.operators', report.operators, LIMITS.OPERATORS_PER_REPORT);
  checkLength('Report.edges', report.edges, LIMITS.EDGES_PER_REPORT);
  checkLength('Report.ports', report.ports, LIMITS.PORTS_PER_REPORT);
  checkIds('Report.operators', report.operators);
  checkIds('Report.edges', report.edges);
  checkIds('Report.ports', report.ports);
}

/** Ids name the rows in every later step, so a second row of the same id would silently replace the first. */
function checkIds(field: string, rows: readonly { readonly id: number }[]): void {
  // As every agent sends them; a set of each report's ids is much to make and to throw away.
  if (rows.every(({ id }, at) => id > (rows[at - 1]?.id ?? 0))) return;
  const seen = new Set<number>();
  for (const { id } of rows) {
    if (id === 0) throw missing(`${field}.id`);
    if (seen.has(id)) {
      throw new ProtocolError(ProtocolErrorCode.FIELD_INVALID, `${field} names the id ${id} twice; give each its own.`);
    }
    seen.add(id);
  }
}

function checkEvent(event: Event): void {
  if (event.topic === 0) throw missing('Event.topic');
  if (event.number === 0n) throw missing('Event.number');
}

function checkHeartbeat({ tasks }: Heartbeat): void {
  checkLength('Heartbeat.tasks', tasks, LIMITS.TASKS_PER_HEARTBEAT);
  if (tasks.some(({ task }) => task === '')) throw missing('Heartbeat.tasks.task');
}

function checkLength(field: string, list: readonly unknown[], max: number): void {
  if (list.length > max) {
    const message = `${field} has ${list.length} entries; send at most ${max}.`;
    throw new ProtocolError(ProtocolErrorCode.LIMIT_EXCEEDED, message);
  }
}

function missing(field: string): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.FIELD_MISSING,
    `${field} is missing; it must be set and not be 0 or empty.`,
  );
}
