import { captureStack, type RawFrame } from './call-sites.ts';

/** Equal stacks of suspended asynchronous functions. */
export interface AwaitGroup {
  readonly count: number;
  /** Innermost first. */
  readonly frames: readonly RawFrame[];
}

/** Outcome of one walk. */
export interface AwaitStacks {
  readonly groups: readonly AwaitGroup[];
  /** Promises of the heap. */
  readonly promises: number;
  /** How many of them were looked at. */
  readonly walked: number;
  /** Different stacks found; more than `groups` holds when the list was cut. */
  readonly stacks: number;
}

/** Finds the stacks of everything that waits for one of the given promises. */
export type AwaitWalk = (promises: readonly Promise<unknown>[]) => Promise<AwaitStacks>;

const MAX_PROMISES = 20_000;
const MAX_GROUPS = 200;
/** Promises between two looks at the clock. */
const BATCH = 50;
/** The event loop gets its turn after this long at the latest, give or take one batch. */
const SLICE_MS = 10;

/**
 * Prepares a walk. It relies on how V8 makes an asynchronous stack: from the promise of the running reaction it goes to the
 * promise that this reaction resolves, and from there to whoever awaits it. So a reaction of our own is given the pending
 * promise as the one it resolves, by way of Symbol.species. The pending promise itself is not touched: no reaction is
 * added to it, it is not resolved, and it does not count as handled. What is used of the language is taken now, before
 * user code can change it.
 */
export function createAwaitWalk(): AwaitWalk {
  const { then } = Promise.prototype;
  const { defineProperty } = Object;
  const immediate = setImmediate;
  const clock = performance;
  const ready = Promise.resolve();
  const nothing = (): void => {};
  let target: unknown;

  function Species(executor: (resolve: () => void, reject: () => void) => void): unknown {
    executor(nothing, nothing);
    return target;
  }
  defineProperty(Species, Symbol.species, { value: Species });
  const constructorOfTarget = { value: Species };

  function onStack(pending: Promise<unknown>, found: (frames: RawFrame[]) => void): void {
    const reaction = then.call(ready, function streamgaugeProbe() {
      const frames = captureStack(streamgaugeProbe, true);
      if (frames !== undefined && frames.length > 0) found(frames);
    });
    target = pending;
    defineProperty(reaction, 'constructor', constructorOfTarget);
    then.call(reaction, nothing, nothing);
    target = undefined;
  }

  return async function walk(promises) {
    const groups = new Map<string, { count: number; frames: RawFrame[] }>();
    const walked = Math.min(promises.length, MAX_PROMISES);
    let sliceStartMs = clock.now();
    for (let start = 0; start < walked; start += BATCH) {
      for (let index = start; index < Math.min(walked, start + BATCH); index++) {
        onStack(promises[index] as Promise<unknown>, (frames) => {
          const key = frames.map(keyOf).join('\n');
          const group = groups.get(key);
          if (group === undefined) groups.set(key, { count: 1, frames });
          else group.count += 1;
        });
      }
      // The reactions above run before this goes on.
      await ready;
      await ready;
      if (clock.now() - sliceStartMs < SLICE_MS) continue;
      await new Promise((resolve) => immediate(resolve));
      sliceStartMs = clock.now();
    }
    const leaves = innermost(groups);
    return { groups: leaves.slice(0, MAX_GROUPS), promises: promises.length, walked, stacks: leaves.length };
  };
}

function keyOf([name, file, line, column]: RawFrame): string {
  return `${name} ${file}:${line}:${column}`;
}

/** Stacks that are no tail of another one: a function that awaits its callee is already in the callee's stack. */
function innermost(groups: ReadonlyMap<string, AwaitGroup>): AwaitGroup[] {
  const tails = new Set<string>();
  for (const key of groups.keys()) {
    for (let at = key.indexOf('\n'); at >= 0; at = key.indexOf('\n', at + 1)) tails.add(key.slice(at + 1));
  }
  return [...groups]
    .filter(([key]) => !tails.has(key))
    .map(([, group]) => group)
    .sort((left, right) => right.count - left.count);
}
