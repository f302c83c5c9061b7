import { LIMITS } from '@streamgauge/proto/limits';
import { createAsyncStacks } from './async-stack.ts';
import { type AwaitGroup, createAwaitGroups } from './await-groups.ts';
import { noteStack, sitesOf, withOwnStacks } from './call-sites.ts';

/** Outcome of one walk. */
export interface AwaitStacks {
  readonly groups: readonly AwaitGroup[];
  /** Promises of the heap. */
  readonly promises: number;
  /** How many of them were looked at. */
  readonly walked: number;
  /** Different stacks found; more than `groups` holds when the list was cut. */
  readonly stacks: number;
  /** The longest time for which the event loop did not turn, without the search of the heap. */
  readonly longestSliceMs: number;
}

/** Finds the stacks of everything that waits for one of the given promises. */
export interface AwaitWalk {
  (promises: readonly Promise<unknown>[]): Promise<AwaitStacks>;
  /** Whether it is at work: what promises are made now are its own. */
  readonly busy: boolean;
}

const MAX_PROMISES = 20_000;
const MAX_GROUPS = 200;
/** Promises between two looks at the clock. */
const BATCH = 50;
/** The probe is not on its own stack, and the runtime's queue of tasks may be. */
const FRAMES = LIMITS.FRAMES_PER_STACK + 1;
/** The event loop gets its turn after this long at the latest, give or take one batch. */
const SLICE_MS = 10;

/**
 * Prepares a walk. V8 follows a promise only while exactly one reaction hangs on it: who waits for the same promise as somebody
 * else is not found.
 */
export function createAwaitWalk(): AwaitWalk {
  const immediate = setImmediate;
  const clock = performance;
  const asyncStacks = createAsyncStacks();
  const ready = Promise.resolve();

  let busy = false;
  return Object.defineProperty(walk, 'busy', { get: () => busy }) as AwaitWalk;

  async function walk(promises: readonly Promise<unknown>[]): Promise<AwaitStacks> {
    try {
      busy = true;
      return await walkAll(promises);
    } finally {
      busy = false;
    }
  }

  async function walkAll(promises: readonly Promise<unknown>[]): Promise<AwaitStacks> {
    const groups = createAwaitGroups();
    const walked = Math.min(promises.length, MAX_PROMISES);
    let longestSliceMs = 0;
    let sliceStartMs = clock.now();
    for (let start = 0; start < walked; start += BATCH) {
      for (let index = start; index < Math.min(walked, start + BATCH); index++) {
        asyncStacks.run(promises[index] as Promise<unknown>, function streamgaugeProbe() {
          const sites = withOwnStacks(FRAMES, () => sitesOf(noteStack(streamgaugeProbe)));
          groups.add(sites ?? [], index);
        });
      }
      // The reactions above run before this goes on.
      await ready;
      await ready;
      const sliceMs = clock.now() - sliceStartMs;
      longestSliceMs = Math.max(longestSliceMs, sliceMs);
      if (sliceMs < SLICE_MS) continue;
      const turn = new Promise((resolve) => immediate(resolve));
      busy = false;
      await turn;
      busy = true;
      sliceStartMs = clock.now();
    }
    const leaves = groups.innermost();
    longestSliceMs = Math.max(longestSliceMs, clock.now() - sliceStartMs);
    return {
      groups: leaves.slice(0, MAX_GROUPS),
      promises: promises.length,
      walked,
      stacks: leaves.length + groups.dropped,
      longestSliceMs,
    };
  }
}
