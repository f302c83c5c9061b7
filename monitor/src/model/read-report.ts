import { isDeepStrictEqual } from 'node:util';
import type { Operator, Report } from '@streamgauge/proto';
import { type CodeOwner, workersWord } from './code-owner.ts';
import { readEdges } from './edge-row.ts';
import { OperatorIndex } from './operator-index.ts';
import { OPERATOR_COLUMNS, type OperatorRow, readFacts, readOperator } from './operator-row.ts';
import { readPorts } from './read-ports.ts';
import type { DropsSnapshot, LoopSnapshot, WorkerSnapshot } from './snapshot.ts';
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
  const numbers = new Float64Array(kept.length * OPERATOR_COLUMNS);
  const ordinals = ordinalsOf(kept, before);
  const operators = kept.map((operator, row) => {
    const facts = readFacts(operator, ordinals[row] ?? 0, ownJob, codeOwner, before?.operators[row]?.facts);
    return readOperator(operator, facts, numbers, row);
  });
  const operatorsById = new OperatorIndex(operators, before?.operatorsById);
  const edges = report.edges
    .filter((edge) => operatorsById.has(edge.sourceId) && operatorsById.has(edge.targetId))
    .slice(0, maxOperators * 4);
  return {
    sequence: Number(report.sequence),
    monotonicMs: nanoToMs(report.monotonicNano),
    sentUnixMs: nanoToMs(report.sentUnixNano),
    intervalMs: report.intervalMillis > 0 ? report.intervalMillis : undeclaredIntervalMs,
    epoch: readEpoch(report.epoch),
    operators,
    operatorsById,
    jobs: readJobs(operators, ownJob),
    edges: readEdges(edges, before?.edges ?? []),
    ports: readPorts(report.ports, operatorsById),
    loop: readLoop(report),
    drops: readDrops(report, before?.drops),
    operatorsOmitted: known.length - kept.length,
  };
}

/** Those with an id, each id once, by id. */
function differentOperators(operators: readonly Operator[]): readonly Operator[] {
  const ascending = operators.every(({ id }, at) => id > (operators[at - 1]?.id ?? 0));
  if (ascending) return operators;
  const sorted = operators.toSorted((left, right) => left.id - right.id);
  return sorted.filter(({ id }, at) => id !== 0 && id !== sorted[at - 1]?.id);
}

/** For each operator how many before it have its name. */
function ordinalsOf(operators: readonly Operator[], before: WorkerSnapshot | null): readonly number[] {
  const known = before?.operators ?? [];
  if (operators.every(({ id, name }, row) => known[row]?.id === id && known[row].name === name))
    return known.map(({ ordinal }) => ordinal);
  const namesSeen = new Map<string, number>();
  return operators.map(({ name }) => {
    const ordinal = namesSeen.get(name) ?? 0;
    namesSeen.set(name, ordinal + 1);
    return ordinal;
  });
}

function readJobs(operators: readonly OperatorRow[], ownJob: string): readonly string[] {
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
