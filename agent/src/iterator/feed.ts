import { type PullState, pullStateOf } from './promise-state.ts';
import type { Pull, PullCount } from './pull.ts';

/** One iterator from which an operator takes records. */
export class Feed {
  readonly count: PullCount;
  /** Read from a stream: its reads tell when there is a record, sooner than the pull does. */
  readonly fromStream: boolean;
  /** What the operator had received before, less what the iterator had been asked for before. */
  offset: number;
  /** Number of the record that the last pull asks for, among all that the operator receives. */
  number: number;
  #state: PullState = 'pending';
  readonly #pull: WeakRef<Pull>;

  constructor(pull: Pull, number: number, fromStream: boolean) {
    this.#pull = new WeakRef(pull);
    this.count = pull.count;
    this.fromStream = fromStream;
    this.number = number;
    this.offset = number - (pull.count.pulls - 1);
  }

  /** How the last pull stands; of an iterator that is gone, how it stood when last looked at. */
  state(): PullState {
    if (this.#state === 'over') return this.#state;
    if (this.count.returned) this.#state = 'over';
    else {
      const pull = this.#pull.deref();
      if (pull !== undefined) this.#state = pullStateOf(pull.last);
    }
    return this.#state;
  }

  /** Nobody can go on with it. */
  get gone(): boolean {
    return this.#pull.deref() === undefined;
  }

  /** A record that was given, or is about to be, and not done with. */
  get holds(): boolean {
    if (this.fromStream) return this.count.takenAt === this.count.pulls && !this.count.returned;
    return this.state() === 'value';
  }

  /** There may be such a record: markers wait for it, and nobody is called busy for it. */
  get mayHold(): boolean {
    return this.holds || this.count.perhapsTakenAt === this.count.pulls;
  }
}
