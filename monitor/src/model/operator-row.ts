import {
  type Operator,
  Unit,
  OperatorKind as WireKind,
  Leg as WireLeg,
  OperatorState as WireState,
} from '@streamgauge/proto';
import type { CodeOwner, OwnedLocation } from './code-owner.ts';

import type { Leg, OperatorKind, OperatorSnapshot, OperatorState, StateTimesMs } from './snapshot.ts';
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
/** How many numbers a row has. */
export const OPERATOR_COLUMNS = 19;

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

/** One operator of a report, as a row of the array that all operators of it share; unknown numbers are NaN there. See OperatorTable. */
export class OperatorRow implements OperatorSnapshot {
  readonly facts: OperatorFacts;
  readonly #numbers: number[];
  readonly #start: number;

  constructor(facts: OperatorFacts, numbers: number[], row: number) {
    this.facts = facts;
    this.#numbers = numbers;
    this.#start = row * OPERATOR_COLUMNS;
  }
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
    return this.#at(COMPLETED);
  }
  get emitted(): number | null {
    return this.#known(EMITTED);
  }
  get inFlight(): number {
    return this.#at(IN_FLIGHT);
  }
  get state(): OperatorState {
    return states[this.#at(STATE)] ?? 'unknown';
  }
  get timesMs(): StateTimesMs {
    return {
      idle: this.#at(IDLE),
      busy: this.#at(BUSY),
      backpressured: this.#at(BACKPRESSURED),
      paused: this.#at(PAUSED),
    };
  }
  get passedEpoch(): number {
    return this.#at(PASSED_EPOCH);
  }
  get markerAgeMs(): number {
    return this.#at(MARKER_AGE);
  }
  get markerDelayMs(): number | null {
    return this.#known(MARKER_DELAY);
  }
  get heldMs(): number {
    return this.#at(HELD);
  }
  get progressAgeMs(): number {
    return this.#at(PROGRESS_AGE);
  }
  get unread(): boolean {
    return (this.#at(FLAGS) & UNREAD) !== 0;
  }
  get givenUp(): boolean {
    return (this.#at(FLAGS) & GIVEN_UP) !== 0;
  }
  get leftToProgram(): boolean {
    return (this.#at(FLAGS) & LEFT_TO_PROGRAM) !== 0;
  }
  get oldestMs(): number {
    return this.#at(OLDEST);
  }
  get oldestForMs(): number | null {
    return this.#known(OLDEST_FOR);
  }
  get pending(): number | null {
    return this.#known(PENDING);
  }
  get failures(): number {
    return this.#at(FAILURES);
  }
  get disconnectedMs(): number {
    return this.#at(DISCONNECTED);
  }

  #at(column: number): number {
    return this.#numbers[this.#start + column] ?? 0;
  }

  #known(column: number): number | null {
    const value = this.#at(column);
    return Number.isNaN(value) ? null : value;
  }
}

/** Writes the numbers of an operator of a report into its row. */
export function writeNumbers(operator: Operator, numbers: number[], row: number): void {
  const start = row * OPERATOR_COLUMNS;
  const times = operator.stateTimes;
  numbers[start + COMPLETED] = Number(operator.completed);
  numbers[start + EMITTED] = operator.emitted === undefined ? Number.NaN : Number(operator.emitted);
  numbers[start + IN_FLIGHT] = Number(operator.inFlight);
  numbers[start + STATE] = stateNumbers[operator.state] ?? 0;
  if (times !== undefined) {
    numbers[start + IDLE] = nanoToMs(times.idleNano);
    numbers[start + BUSY] = nanoToMs(times.busyNano);
    numbers[start + BACKPRESSURED] = nanoToMs(times.backpressuredNano);
    numbers[start + PAUSED] = nanoToMs(times.pausedNano);
  }
  numbers[start + PASSED_EPOCH] = readEpoch(operator.passedEpoch);
  numbers[start + MARKER_AGE] = nanoToMs(operator.markerAgeNano);
  numbers[start + MARKER_DELAY] = operator.markerDelayNano === 0n ? Number.NaN : nanoToMs(operator.markerDelayNano);
  numbers[start + HELD] = nanoToMs(operator.heldNano);
  numbers[start + PROGRESS_AGE] = nanoToMs(operator.progressAgeNano);
  numbers[start + FLAGS] =
    (operator.unread ? UNREAD : 0) | (operator.givenUp ? GIVEN_UP : 0) | (operator.leftToProgram ? LEFT_TO_PROGRAM : 0);
  numbers[start + OLDEST] = nanoToMs(operator.oldestNano);
  numbers[start + OLDEST_FOR] = operator.oldestForNano > 0n ? nanoToMs(operator.oldestForNano) : Number.NaN;
  numbers[start + PENDING] = operator.pending === undefined ? Number.NaN : Number(operator.pending);
  numbers[start + FAILURES] = Number(operator.failures);
  numbers[start + DISCONNECTED] = nanoToMs(operator.disconnectedNano);
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
