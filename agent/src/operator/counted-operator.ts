import { ExplicitOperator } from './explicit-operator.ts';

/** An explicit operator that completes its records in the order in which it received them: two counts tell everything. */
export class CountedOperator extends ExplicitOperator {
  #received = 0;

  /** How much it has received. */
  get received(): number {
    return this.#received;
  }

  /** It has got so much more to do. */
  receive(count = 1): void {
    this.#received += count;
  }

  /** It is done with so much more; never with more than it has received. */
  finishRecords(count = 1): void {
    this.finishUpTo(this.completed + count);
  }

  /** It is done with everything up to this count of what it has received. */
  finishUpTo(count: number): void {
    const reached = Math.min(count, this.#received);
    if (reached > this.completed) this.reach(reached);
  }

  /** Its own count, also where nothing can be counted at the other end. */
  override get done(): number {
    return this.completed;
  }

  /** A request that is refused is something that it has begun and does not get on with. */
  override get inFlight(): number {
    return super.inFlight + (this.isRefused ? 1 : 0);
  }

  override queued(): number {
    return this.#received - this.completed;
  }
}
