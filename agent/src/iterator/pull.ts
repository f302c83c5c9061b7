import type { Stage } from './iteration.ts';
import type { IteratorOperator } from './iterator-operator.ts';
import type { FindOrigin } from './origin.ts';
import type { Seen } from './seen.ts';

/** An iterator whose hook need not call anything: stays a small integer in V8, on every platform. */
export const NEVER: number = 2 ** 30 - 1;

/** What is counted of one iterator. Operators hold it, so it holds nothing of the user's. */
export class PullCount {
  /** Pulls until now; a pull says that the record before it is done with. */
  pulls = 0;
  /** At which pull the hook has to call `Iteration.pulled`. The first one tells who pulls. */
  armed = 1;
  /** Somebody has looked who pulls, or is about to. */
  noted = false;
  /** It has lived for so long that its next pull is worth a look, whatever else is born. */
  grown = false;
  /** When it was seen first, in milliseconds of the clock of the board. */
  readonly bornMs: number;
  /** The iterator has been told that no more is wanted. */
  returned = false;
  /** Somebody pulls without waiting for the pull before: nothing then says when a record is done with. */
  concurrent = false;
  /** Its records are followed by other means: whoever takes them is no operator of his own. */
  followed = false;
  /** With that: what is counted of the generator whose body takes the records, if it is one. */
  takenIn: PullCount | undefined = undefined;
  /** Loops that have asked for the iterator. */
  loops = 0;
  /** At which pull a record was last read from the stream behind the iterator. */
  takenAt = 0;
  /** At which pull a record may have been read before anybody looked. */
  perhapsTakenAt = 0;
  /** The operator that takes the records, once it is known. */
  consumer: IteratorOperator | undefined = undefined;
  /** The operator whose body the iterator runs, once it is known. */
  producer: IteratorOperator | undefined = undefined;

  constructor(bornMs: number) {
    this.bornMs = bornMs;
  }
}

/**
 * What hangs on one iterator, and is gone with it. The last pull leads to whoever waits for it, so nothing but the iterator
 * itself may hold this.
 */
export class Pull {
  readonly count: PullCount;
  /** The last pull; undefined while it is being made. */
  last: unknown = undefined;
  /** What says where the records come from, when the iterator is no generator. */
  origin: FindOrigin | undefined = undefined;
  /** What the iterator is to Node's own code, where that is known. */
  stage: Stage | undefined = undefined;
  /** What was seen at a pull of it. */
  seen: Seen | undefined = undefined;

  constructor(bornMs: number) {
    this.count = new PullCount(bornMs);
  }
}
