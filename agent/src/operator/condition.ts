/** The record in flight that began first. */
export interface OldestRecord {
  /** Another one for each record of the operator. */
  readonly number: number;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  /** What a person knows it by, such as "orders/3@1042"; empty: nothing. */
  readonly key: string;
}

/** What an operator knows of itself beside its counts. Only explicit operators and legs of brokers have one. */
export interface Condition {
  /** Held on purpose, and by what; undefined: it is not. */
  pauseReason: string | undefined;
  /** Work that waits for it outside of the process; undefined: not known. */
  pending: number | undefined;
  /** Attempts that have failed, and what failed last. */
  failures: number;
  lastFailure: string;
  /** Monotonic milliseconds since which the connection it needs is away; 0: it is there. */
  disconnectedSinceMs: number;
  /** The client library has given it up for good: it does not try again. */
  givenUp: boolean;
  /** With that: it is the program that has to ask again, by its own settings or by what the library is made for. */
  leftToProgram: boolean;
}

/** The condition of an operator about which nothing is known but its counts. */
export const UNCONDITIONED: Readonly<Condition> = Object.freeze(newCondition());

export function newCondition(): Condition {
  return {
    pauseReason: undefined,
    pending: undefined,
    failures: 0,
    lastFailure: '',
    disconnectedSinceMs: 0,
    givenUp: false,
    leftToProgram: false,
  };
}
