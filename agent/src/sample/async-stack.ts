/**
 * Lets V8 make the asynchronous stack of whoever waits for a pending promise. It goes from the promise of the running reaction
 * to the promise that this reaction resolves, and from there to whoever awaits it. So a reaction of our own is given the pending
 * promise as the one it resolves, by way of Symbol.species. The pending promise itself is not touched: no reaction is added to
 * it, it is not resolved, and it does not count as handled.
 */
export interface AsyncStacks {
  /** Runs the task, in the microtask queue of its own realm, where the asynchronous part of a stack is that of the promise. */
  run(pending: Promise<unknown>, task: () => void): void;
}

/** What is used of the language is taken now, before user code can change it. */
export function createAsyncStacks(): AsyncStacks {
  // Not the global of that name: the user may have put another one in its place.
  const prototype = Object.getPrototypeOf((async () => {})()) as Promise<unknown>;
  const { then } = prototype;
  const { create, setPrototypeOf } = Object;
  const ready = (async () => {})();
  const nothing = (): void => {};
  let target: unknown;

  function Species(executor: (resolve: () => void, reject: () => void) => void): unknown {
    executor(nothing, nothing);
    return target;
  }
  Object.defineProperty(Species, Symbol.species, { value: Species });
  // On a prototype of its own: a promise with a constructor of its own would slow down every promise of the process for ever.
  const withSpecies = create(prototype, { constructor: { value: Species } }) as object;

  return {
    run(pending, task) {
      const reaction = then.call(ready, task) as Promise<unknown>;
      setPrototypeOf(reaction, withSpecies);
      target = pending;
      then.call(reaction, nothing, nothing);
      target = undefined;
    },
  };
}
