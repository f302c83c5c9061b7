import type { OldestRecord } from './condition.ts';
import { ExplicitOperator } from './explicit-operator.ts';
import { Flight, type PendingCall } from './flight.ts';

/** A record in flight; given back to end it. */
export type RecordInFlight = PendingCall;

/**
 * An explicit operator that completes its records in any order: what lies before the oldest one in flight is completed.
 *
 * Records are numbered when they are received, which is their order in the FIFO in front of the operator.
 */
export class RecordOperator extends ExplicitOperator {
  readonly #flight = new Flight();

  /** A record has come; the key is what a person would look for it by. */
  receive(key = '', owner?: object): RecordInFlight {
    return this.goesOn(this.enter(), key, owner);
  }

  /** A record has come, and is worked on until `returned` or `goesOn` is called with the number that this gives. */
  enter(): number {
    return this.#flight.enter();
  }

  /** The record that came last is done with: the cheapest way through, without anything to remember. */
  returned(): void {
    this.#flight.returned();
    this.reach(this.#flight.low);
  }

  /** The record that came last is not done with yet. */
  goesOn(number: number, key = '', owner?: object): RecordInFlight {
    return this.#flight.goesOn(number, this.graph.nowMs(), key, owner);
  }

  /** Everything that was received for an owner is done with, or is wanted no more. */
  finishAllOf(owner: object): void {
    this.#flight.exitAllOf(owner);
    this.reach(this.#flight.low);
  }

  /** The record is done with. The second time it does nothing. */
  finishRecord(record: RecordInFlight): void {
    if (record.over) return;
    this.#flight.exit(record);
    this.reach(this.#flight.low);
  }

  override queued(): number {
    return this.#flight.begun - this.#flight.low;
  }

  override get done(): number {
    return this.#flight.ended;
  }

  override get inFlight(): number {
    return this.#flight.begun - this.#flight.ended;
  }

  override oldest(): OldestRecord | undefined {
    return this.#flight.oldest;
  }

  override records(limit: number): readonly OldestRecord[] {
    return this.#flight.oldestOf(limit);
  }
}
