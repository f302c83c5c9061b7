import type { AwaitGroup } from './await-groups.ts';
import type { AwaitStacks, AwaitWalk } from './await-walk.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';
import { LOOP_ANSWER_MS } from './sampling.ts';

/** How many of the youngest promises are known. They are walked from the youngest on, the first of them before the event loop turns. */
const MAX_PROMISES = 500;
/** After this long nobody is left who would end it. */
const LONGEST_MS = 10_000;

/** The part of the runtime that tells of promises as they are made. */
export interface PromiseHooks {
  // biome-ignore lint/complexity/noBannedTypes: so the types of Node.js have it
  onInit(listener: (promise: Promise<unknown>) => void): Function;
}

/** Promises that were made a moment ago, in the main thread. */
export interface YoungPromises {
  /** From now on; each promise that is made costs a little more until it is stopped. */
  start(): void;
  /** Who waits for those that were made since, and are pending. */
  stop(): Promise<AwaitStacks | undefined>;
}

/** @param hooks undefined: this runtime does not tell */
export function createYoungPromises(hooks: () => PromiseHooks | undefined, walk: AwaitWalk): YoungPromises {
  let young: Promise<unknown>[] = [];
  let next = 0;
  // biome-ignore lint/complexity/noBannedTypes: so the types of Node.js have it
  let stopHook: Function | undefined;
  let ending: NodeJS.Timeout | undefined;

  return {
    start() {
      end();
      young = [];
      next = 0;
      ending = setTimeout(end, LONGEST_MS).unref();
      stopHook = hooks()?.onInit((promise) => {
        if (walk.busy) return;
        young[next] = promise;
        next = (next + 1) % MAX_PROMISES;
      });
    },
    async stop() {
      // This may be in the middle of code that has been resumed, and is about to make the promise that it waits for next.
      await null;
      await null;
      end();
      // The youngest first.
      const promises = [...young.slice(next), ...young.slice(0, next)].reverse();
      young = [];
      return promises.length === 0 ? undefined : walk(promises);
    },
  };

  function end(): void {
    clearTimeout(ending);
    stopHook?.();
    stopHook = undefined;
  }
}

/** Begins to note promises. Rejects as the session does. */
export async function startYoung(session: MainSession): Promise<void> {
  await session.evaluate(`${HELPER_EXPRESSION}.young?.start()`, LOOP_ANSWER_MS);
}

/** The suspended calls that wait for a promise which was made since, and is pending. Rejects as the session does. */
export async function stopYoung(session: MainSession): Promise<readonly AwaitGroup[]> {
  const { result } = await session.post<{ result: { readonly value?: AwaitStacks } }>(
    'Runtime.evaluate',
    { expression: `${HELPER_EXPRESSION}.young?.stop()`, awaitPromise: true, returnByValue: true, silent: true },
    LOOP_ANSWER_MS,
  );
  return result.value?.groups ?? [];
}
