import type { RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import { sameOutcome } from '../operator/same-outcome.ts';

/** How many calls of one listener are followed before it is an operator. */
const MAX_CALLS = 1000;

interface Call {
  record: RecordInFlight | undefined;
}

/** True for a listener whose calls go on when they have returned. */
export function isAsync(listener: object): boolean {
  return listener.constructor === ASYNC_FUNCTION;
}

const ASYNC_FUNCTION: unknown = (async () => {}).constructor;

/**
 * The calls of an async listener that have not settled. They are followed from the first chunk on: a listener that becomes an
 * operator has records in hand already, and a marker that did not wait for them would be early.
 */
export class ListenerCalls {
  /** There were too many at once to follow all of them: nobody knows any more which are open. */
  overflown = false;
  #operator: RecordOperator | undefined = undefined;
  readonly #open: Set<Call> = new Set();

  /** Gives a promise with the same outcome: to look at one is to handle its rejection, of which nobody would then hear. */
  follow(promise: Promise<unknown>): Promise<unknown> {
    if (this.#open.size >= MAX_CALLS) {
      this.overflown = true;
      return promise;
    }
    const call: Call = { record: undefined };
    this.#open.add(call);
    const ended = (): void => {
      this.#open.delete(call);
      if (call.record !== undefined) this.#operator?.finishRecord(call.record);
    };
    return sameOutcome(promise, ended, ended);
  }

  /** From now on these calls are records of an operator. */
  handOver(operator: RecordOperator): void {
    this.#operator = operator;
    for (const call of this.#open) call.record = operator.receive();
  }
}
