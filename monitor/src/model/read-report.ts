import { isDeepStrictEqual } from 'node:util';
import type { Operator, Report } from '@streamgauge/proto';
import { type CodeOwner, workersWord } from './code-owner.ts';
import { type EdgeRow, EdgeTable } from './edge-row.ts';
import type { OperatorFacts, OperatorRow } from './operator-row.ts';
import { OperatorTable } from './operator-table.ts';
import { readPorts } from './read-ports.ts';
import type { DropsSnapshot, LoopSnapshot, PortSnapshot, WorkerSnapshot } from './snapshot.ts';
import { nanoToMs, readEpoch } from './wire-values.ts';

/** Pause that is assumed when a report declares none, milliseconds. */
const undeclaredIntervalMs = 1000;

const noJobs: readonly string[] = [];

/** What else readReport may be told. */
export interface ReadReportOptions {
  /** Whose code a file is. Default: what the worker says. */
  readonly codeOwner?: CodeOwner;
  /** The job of the worker, to which every operator belongs that names none. */
  readonly ownJob?: string;
  /** The worker's report before: what is the same in both is kept once. */
  readonly before?: WorkerSnapshot | null;
}

/**
 * Turns a report into the domain's form, once. Operators beyond maxOperators are counted and left out, with their edges; an
 * edge or port that names an operator the report does not carry is left out too, so that the rest may follow them blindly.
 */
export function readReport(
  report: Report,
  maxOperators: number,
  { codeOwner = workersWord, ownJob = '', before = null }: ReadReportOptions = {},
): WorkerSnapshot {
  const known = differentOperators(report.operators);
  const kept = known.slice(0, maxOperators);
  const operatorsById = new OperatorTable(kept, ownJob, codeOwner, before?.operatorsById);
  const edges = report.edges
    .filter((edge) => operatorsById.has(edge.sourceId) && operatorsById.has(edge.targetId))
    .slice(0, maxOperators * 4);
  return new Snapshot({
    sequence: Number(report.sequence),
    monotonicMs: nanoToMs(report.monotonicNano),
    sentUnixMs: nanoToMs(report.sentUnixNano),
    intervalMs: report.intervalMillis > 0 ? report.intervalMillis : undeclaredIntervalMs,
    epoch: readEpoch(report.epoch),
    operatorsById,
    jobs: readJobs(operatorsById.facts, ownJob),
    edgeTable: new EdgeTable(edges, before?.edgeTable),
    ports: readPorts(report.ports, operatorsById),
    loop: readLoop(report),
    drops: readDrops(report, before?.drops),
    operatorsOmitted: known.length - kept.length,
  });
}

/** A report whose operators and edges are made into objects when they are asked for. */
class Snapshot implements WorkerSnapshot {
  readonly sequence: number;
  readonly monotonicMs: number;
  readonly sentUnixMs: number;
  readonly intervalMs: number;
  readonly epoch: number;
  readonly operatorsById: OperatorTable;
  readonly jobs: readonly string[];
  readonly edgeTable: EdgeTable;
  readonly ports: readonly PortSnapshot[];
  readonly loop: LoopSnapshot | null;
  readonly drops: DropsSnapshot;
  readonly operatorsOmitted: number;

  constructor(parts: Omit<WorkerSnapshot, 'operators' | 'edges'>) {
    this.sequence = parts.sequence;
    this.monotonicMs = parts.monotonicMs;
    this.sentUnixMs = parts.sentUnixMs;
    this.intervalMs = parts.intervalMs;
    this.epoch = parts.epoch;
    this.operatorsById = parts.operatorsById;
    this.jobs = parts.jobs;
    this.edgeTable = parts.edgeTable;
    this.ports = parts.ports;
    this.loop = parts.loop;
    this.drops = parts.drops;
    this.operatorsOmitted = parts.operatorsOmitted;
  }
  get operators(): readonly OperatorRow[] {
    return this.operatorsById.rows;
  }
  get edges(): readonly EdgeRow[] {
    return this.edgeTable.rows;
  }
}

/** Those with an id, each id once, by id. */
function differentOperators(operators: readonly Operator[]): readonly Operator[] {
  const ascending = operators.every(({ id }, at) => id > (operators[at - 1]?.id ?? 0));
  if (ascending) return operators;
  const sorted = operators.toSorted((left, right) => left.id - right.id);
  return sorted.filter(({ id }, at) => id !== 0 && id !== sorted[at - 1]?.id);
}

function readJobs(operators: readonly OperatorFacts[], ownJob: string): readonly string[] {
  if (operators.every(({ job }) => job === ownJob)) return noJobs;
  return [...new Set(operators.map(({ job }) => job).filter((job) => job !== ownJob))];
}

function readDrops({ drops }: Report, before: DropsSnapshot | undefined): DropsSnapshot {
  const read = {
    reports: Number(drops?.reports ?? 0n),
    events: Number(drops?.events ?? 0n),
    operators: Number(drops?.operators ?? 0n),
    agentErrors: Number(drops?.agentErrors ?? 0n),
    frames: Number(drops?.frames ?? 0n),
    tasks: Number(drops?.tasks ?? 0n),
    commands: Number(drops?.commands ?? 0n),
    jobs: Number(drops?.jobs ?? 0n),
  };
  return before !== undefined && isDeepStrictEqual(read, before) ? before : read;
}

function readLoop({ loop }: Report): LoopSnapshot | null {
  if (loop === undefined) return null;
  return {
    silentMs: nanoToMs(loop.silentNano),
    blockedMs: nanoToMs(loop.blockedNano),
    runningOperatorId: loop.runningOperatorId,
    delayMaxMs: nanoToMs(loop.delayMaxNano),
    cpuMs: loop.cpuNano === 0n ? null : nanoToMs(loop.cpuNano),
    agentGapMs: nanoToMs(loop.agentGapNano),
    debuggerPaused: loop.debuggerPaused,
    heapUsedBytes: Number(loop.heapUsedBytes),
    heapLimitBytes: Number(loop.heapLimitBytes),
  };
}
