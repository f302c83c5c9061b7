import type { StepOperator } from './step-operator.ts';

/** What comes out of a step for one record: nothing, one record in the place of it, or any number while it is worked on. */
export type Gives = 'nothing' | 'one' | 'any';

/** A record between its coming in and the going out of what was made of it. */
export interface StepRecord {
  readonly number: number;
  readonly sinceMs: number;
  /** The user's code has it. */
  inHand: boolean;
  over: boolean;
  /** A record in its place is still to go out. */
  owes: boolean;
  next: StepRecord | undefined;
}

/**
 * What is counted of one `Readable.map()` or one of its kin.
 *
 * Records come in one after the other, are worked on together, and go out in the order in which they came: so one is done with
 * when what was made of it, and of every record before it, has gone out. It counts from the moment the method is called; the
 * operator is made later, when it has lived for a while.
 */
export class Step {
  readonly gives: Gives;
  operator: StepOperator | undefined = undefined;
  begun = 0;
  /** Records done with, all of them before any other. */
  completed = 0;
  /** Records that the user's code is done with, in whatever order. */
  ended = 0;
  /** Records given out. */
  given = 0;
  inHand = 0;
  /** A record was read from the stream, and the user's function is about to be called with it. */
  arriving = false;
  /** The promise that the user got is settled. */
  settled = false;
  #first: StepRecord | undefined = undefined;
  #last: StepRecord | undefined = undefined;
  /** Given out, and the record that it stands for is not known to be over yet. */
  #unclaimed = 0;

  constructor(gives: Gives) {
    this.gives = gives;
  }

  /** A record has come into the hands of the user's code. */
  begin(sinceMs: number): StepRecord {
    const record: StepRecord = {
      number: this.begun,
      sinceMs,
      inHand: true,
      over: false,
      owes: false,
      next: undefined,
    };
    if (this.#last === undefined) this.#first = record;
    else this.#last.next = record;
    this.#last = record;
    this.begun++;
    this.inHand++;
    this.arriving = false;
    return record;
  }

  /** The record waits for its turn, or goes on. */
  hold(record: StepRecord, inHand: boolean): void {
    if (record.over || record.inHand === inHand) return;
    record.inHand = inHand;
    this.inHand += inHand ? 1 : -1;
  }

  /** The user's code is done with a record; the second time it does nothing. */
  finish(record: StepRecord, owes: boolean): void {
    if (record.over) return;
    this.hold(record, false);
    record.over = true;
    record.owes = owes;
    this.ended++;
    this.#advance();
  }

  /** A record has gone out. */
  gaveOne(): void {
    this.given++;
    if (this.operator?.pushed !== undefined) this.operator.pushed++;
    if (this.gives !== 'one') return;
    this.#unclaimed++;
    this.#advance();
  }

  /** The record that the user's code has had for longest. */
  get oldest(): StepRecord | undefined {
    if (this.inHand === 0) return undefined;
    let record = this.#first;
    while (record !== undefined && !record.inHand) record = record.next;
    return record;
  }

  #advance(): void {
    const before = this.completed;
    for (let record = this.#first; record?.over === true; record = record.next) {
      if (record.owes && this.#unclaimed === 0) break;
      if (record.owes) this.#unclaimed--;
      this.completed++;
      this.#first = record.next;
    }
    if (this.#first === undefined) this.#last = undefined;
    if (this.completed > before) this.operator?.advanced();
  }
}
