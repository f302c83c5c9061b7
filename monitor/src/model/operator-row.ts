import {
  type Operator,
  Unit,
  OperatorKind as WireKind,
  Leg as WireLeg,
  OperatorState as WireState,
} from '@streamgauge/proto';
import type { CodeOwner, OwnedLocation } from './code-owner.ts';
import { ReportRow } from './report-rows.ts';
import type { Leg, OperatorKind, OperatorSnapshot, OperatorState, StateTimesMs } from './snapshot.ts';
import type { Columns } from './sparse-rows.ts';
import { nanoToMs, readEpoch, readLocation } from './wire-values.ts';
import { jobOf } from './worker-jobs.ts';

const states: readonly OperatorState[] = ['unknown', 'idle', 'busy', 'backpressured', 'paused', 'ended'];
const stateNumbers: Readonly<Record<number, number>> = {
  [WireState.IDLE]: states.indexOf('idle'),
  [WireState.BUSY]: states.indexOf('busy'),
  [WireState.BACKPRESSURED]: states.indexOf('backpressured'),
  [WireState.PAUSED]: states.indexOf('paused'),
  [WireState.ENDED]: states.indexOf('ended'),
};
const kinds: Readonly<Record<number, OperatorKind>> = {
  [WireKind.SOURCE]: 'source',
  [WireKind.TRANSFORM]: 'transform',
  [WireKind.SINK]: 'sink',
  [WireKind.FUNCTION]: 'function',
};
const legs: Readonly<Record<number, Leg>> = {
  [WireLeg.FETCH]: 'fetch',
  [WireLeg.DELIVER]: 'deliver',
  [WireLeg.HANDLE]: 'handle',
  [WireLeg.COMMIT]: 'commit',
  [WireLeg.PRODUCE]: 'produce',
};

/** Columns of a row. */
const COMPLETED = 0;
const EMITTED = 1;
const IN_FLIGHT = 2;
const STATE = 3;
const IDLE = 4;
const BUSY = 5;
const BACKPRESSURED = 6;
const PAUSED = 7;
const PASSED_EPOCH = 8;
const MARKER_AGE = 9;
const MARKER_DELAY = 10;
const HELD = 11;
const PROGRESS_AGE = 12;
const FLAGS = 13;
const OLDEST = 14;
const OLDEST_FOR = 15;
const PENDING = 16;
const FAILURES = 17;
const DISCONNECTED = 18;
/** What the rows of operators hold. */
export const operatorColumns: Columns = {
  count: 19,
  unknowable: (1 << EMITTED) | (1 << MARKER_DELAY) | (1 << OLDEST_FOR) | (1 << PENDING),
};

const UNREAD = 1;
const GIVEN_UP = 2;
const LEFT_TO_PROGRAM = 4;

/** What of an operator seldom changes from report to report; reports that tell the same share it. */
export type OperatorFacts = Readonly<
  Pick<
    OperatorSnapshot,
    | 'id'
    | 'name'
    | 'ordinal'
    | 'kind'
    | 'unit'
    | 'location'
    | 'leg'
    | 'thread'
    | 'job'
    | 'oldestKey'
    | 'pauseReason'
    | 'lastFailure'
  >
>;

/** One operator of a report, as a row of the table that all operators of it share. See OperatorTable. */
export class OperatorRow extends ReportRow<OperatorFacts> implements OperatorSnapshot {
  get id(): number {
    return this.facts.id;
  }
  get name(): string {
    return this.facts.name;
  }
  get ordinal(): number {
    return this.facts.ordinal;
  }
  get kind(): OperatorKind {
    return this.facts.kind;
  }
  get unit(): OperatorSnapshot['unit'] {
    return this.facts.unit;
  }
  get location(): OwnedLocation | null {
    return this.facts.location;
  }
  get leg(): Leg | null {
    return this.facts.leg;
  }
  get thread(): number {
    return this.facts.thread;
  }
  get job(): string {
    return this.facts.job;
  }
  get oldestKey(): string {
    return this.facts.oldestKey;
  }
  get pauseReason(): string {
    return this.facts.pauseReason;
  }
  get lastFailure(): string {
    return this.facts.lastFailure;
  }
  get completed(): number {
    return this.at(COMPLETED);
  }
  get emitted(): number | null {
    return this.known(EMITTED);
  }
  get inFlight(): number {
    return this.at(IN_FLIGHT);
  }
  get state(): OperatorState {
    return states[this.at(STATE)] ?? 'unknown';
  }
  get timesMs(): StateTimesMs {
    return {
      idle: this.at(IDLE),
      busy: this.at(BUSY),
      backpressured: this.at(BACKPRESSURED),
      paused: this.at(PAUSED),
    };
  }
  get passedEpoch(): number {
    return this.at(PASSED_EPOCH);
  }
  get markerAgeMs(): number {
    return this.at(MARKER_AGE);
  }
  get markerDelayMs(): number | null {
    return this.known(MARKER_DELAY);
  }
  get heldMs(): number {
    return this.at(HELD);
  }
  get progressAgeMs(): number {
    return this.at(PROGRESS_AGE);
  }
  get unread(): boolean {
    return (this.at(FLAGS) & UNREAD) !== 0;
  }
  get givenUp(): boolean {
    return (this.at(FLAGS) & GIVEN_UP) !== 0;
  }
  get leftToProgram(): boolean {
    return (this.at(FLAGS) & LEFT_TO_PROGRAM) !== 0;
  }
  get oldestMs(): number {
    return this.at(OLDEST);
  }
  get oldestForMs(): number | null {
    return this.known(OLDEST_FOR);
  }
  get pending(): number | null {
    return this.known(PENDING);
  }
  get failures(): number {
    return this.at(FAILURES);
  }
  get disconnectedMs(): number {
    return this.at(DISCONNECTED);
  }
}

/** Writes the numbers of an operator of a report into their columns; unknown ones are NaN. */
export function writeNumbers(operator: Operator, numbers: Float64Array): void {
  const times = operator.stateTimes;
  numbers[COMPLETED] = Number(operator.completed);
  numbers[EMITTED] = operator.emitted === undefined ? Number.NaN : Number(operator.emitted);
  numbers[IN_FLIGHT] = Number(operator.inFlight);
  numbers[STATE] = stateNumbers[operator.state] ?? 0;
  if (times !== undefined) {
    numbers[IDLE] = nanoToMs(times.idleNano);
    numbers[BUSY] = nanoToMs(times.busyNano);
    numbers[BACKPRESSURED] = nanoToMs(times.backpressuredNano);
    numbers[PAUSED] = nanoToMs(times.pausedNano);
  }
  numbers[PASSED_EPOCH] = readEpoch(operator.passedEpoch);
  numbers[MARKER_AGE] = nanoToMs(operator.markerAgeNano);
  numbers[MARKER_DELAY] = operator.markerDelayNano === 0n ? Number.NaN : nanoToMs(operator.markerDelayNano);
  numbers[HELD] = nanoToMs(operator.heldNano);
  numbers[PROGRESS_AGE] = nanoToMs(operator.progressAgeNano);
  numbers[FLAGS] =
    (operator.unread ? UNREAD : 0) | (operator.givenUp ? GIVEN_UP : 0) | (operator.leftToProgram ? LEFT_TO_PROGRAM : 0);
  numbers[OLDEST] = nanoToMs(operator.oldestNano);
  numbers[OLDEST_FOR] = operator.oldestForNano > 0n ? nanoToMs(operator.oldestForNano) : Number.NaN;
  numbers[PENDING] = operator.pending === undefined ? Number.NaN : Number(operator.pending);
  numbers[FAILURES] = Number(operator.failures);
  numbers[DISCONNECTED] = nanoToMs(operator.disconnectedNano);
}

/** The facts of an operator of a report: those of the report before, where they are the same. */
export function readFacts(
  operator: Operator,
  ordinal: number,
  ownJob: string,
  codeOwner: CodeOwner,
  before: OperatorFacts | undefined,
): OperatorFacts {
  const { id, name, thread, oldestKey, pauseReason, lastFailure } = operator;
  const kind = kinds[operator.kind] ?? 'unknown';
  const unit = operator.unit === Unit.RECORDS ? 'records' : operator.unit === Unit.BYTES ? 'bytes' : 'unknown';
  const leg = legs[operator.leg] ?? null;
  const job = jobOf(operator, ownJob);
  const location = readLocation(operator.location, codeOwner, before?.location);
  const same =
    before !== undefined &&
    before.id === id &&
    before.name === name &&
    before.ordinal === ordinal &&
    before.kind === kind &&
    before.unit === unit &&
    before.leg === leg &&
    before.thread === thread &&
    before.job === job &&
    before.location === location &&
    before.oldestKey === oldestKey &&
    before.pauseReason === pauseReason &&
    before.lastFailure === lastFailure;
  return same
    ? before
    : { id, name, ordinal, kind, unit, location, leg, thread, job, oldestKey, pauseReason, lastFailure };
}
