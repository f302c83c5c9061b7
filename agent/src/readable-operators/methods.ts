import type { Gives } from './step.ts';

/** What a method of `Readable.prototype` does with the records of its stream. */
export interface MethodManner {
  /** It gives a stream, else a promise. */
  readonly stream: boolean;
  readonly gives: Gives;
  /** It calls a function of the user's for each record. */
  readonly calls: boolean;
  /** Whether a record goes out for what the function gave. */
  readonly owes: (result: unknown) => boolean;
  /** How many of the first records are done with when they are read; made from the arguments. */
  readonly skips: (args: readonly unknown[]) => number;
}

const always = (): boolean => true;
const never = (): boolean => false;
const none = (): number => 0;

function streamOf(gives: Gives, calls: boolean, rest: Partial<MethodManner> = {}): MethodManner {
  return { stream: true, gives, calls, owes: always, skips: none, ...rest };
}

function promiseOf(calls: boolean, rest: Partial<MethodManner> = {}): MethodManner {
  return { stream: false, gives: 'nothing', calls, owes: never, skips: none, ...rest };
}

/** The methods of Node 20 to 26; `compose()` is followed elsewhere, and asIndexedPairs() is of Node 20 only. */
export const METHODS: Readonly<Record<string, MethodManner>> = {
  map: streamOf('one', true),
  filter: streamOf('one', true, { owes: Boolean }),
  flatMap: streamOf('any', true),
  take: streamOf('one', false),
  drop: streamOf('one', false, { skips: ([count]) => Math.ceil(Number(count)) || 0 }),
  asIndexedPairs: streamOf('one', false),
  forEach: promiseOf(true),
  some: promiseOf(true),
  every: promiseOf(true),
  find: promiseOf(true),
  // The first record is where it begins, when it is given no value to begin with.
  reduce: promiseOf(true, { skips: ({ length }) => (length > 1 ? 0 : 1) }),
  toArray: promiseOf(false, { skips: () => Number.POSITIVE_INFINITY }),
};
