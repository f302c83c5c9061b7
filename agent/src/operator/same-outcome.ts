/** Taken before user code can change it. */
const { then } = Promise.prototype;

/**
 * A promise for the user in the place of one that is looked at, with the same outcome: to look at a promise is to handle its rejection,
 * of which nobody would then hear. It settles one turn of the microtask queue later.
 */
export function sameOutcome<T>(
  promise: Promise<T>,
  fulfilled: (value: T) => void,
  rejected: (reason: unknown) => void,
): Promise<T> {
  return then.call(
    promise,
    (value) => {
      fulfilled(value as T);
      return value;
    },
    (reason) => {
      rejected(reason);
      throw reason;
    },
  ) as Promise<T>;
}
