import type { MainSession } from './main-session.ts';
import { ownCollectionMsPerMegabyte } from './own-collection.ts';

/** How long a search of the heap may stop the main thread. */
export interface HeapBudget {
  readonly pauseMs: number;
}

/** A second, once per stall, is a fair price for its cause. */
export const HEAP_BUDGET: HeapBudget = { pauseMs: 1000 };

/**
 * What a search takes depends on how many objects there are and not on their size: from 4 to 90 ms per megabyte were seen. It
 * takes 4 to 12 times as long as collecting the garbage of that heap, whatever is in it. Both by the clock: collecting is done by
 * several threads, of which the processor time of the main thread says little.
 */
const SEARCH_PER_COLLECTION = 8;
/**
 * A heap up to this size is searched without asking: that of most workers, and full of small objects some 350 ms where nothing else
 * runs. The estimate would refuse it on a machine that is busy, which is where things hang.
 */
const SMALL_MEGABYTES = 40;
/**
 * By the speed of another heap of the process a search may be expected to take up to twice as long as it does, also because that speed
 * was measured while the machine was busy. Above the budget by more than that not even its garbage is collected.
 */
const GUESS_TOLERANCE = 2;
/** Where that speed cannot be measured. */
const USUAL_MS_PER_MEGABYTE = 1.5;
const TIMEOUT_MS = 5000;

/**
 * Why searching the heap would stop the worker for longer than allowed; undefined when it would not. Of a heap that is not small
 * the garbage is collected for that, unless the collection alone could be too long.
 * @param ownRate Milliseconds that collecting a megabyte takes in the thread that asks; undefined: not known.
 */
export async function tooDearToSearch(
  session: MainSession,
  budget: HeapBudget = HEAP_BUDGET,
  nowMs: () => number = () => performance.now(),
  ownRate: () => Promise<number | undefined> = ownCollectionMsPerMegabyte,
): Promise<string | undefined> {
  const { usedSize } = await session.post<{ usedSize: number }>('Runtime.getHeapUsage', {}, TIMEOUT_MS);
  const megabytes = usedSize / 1024 / 1024;
  if (megabytes <= SMALL_MEGABYTES) return undefined;
  const refusal = (searchMs: number): string =>
    `searching a heap of ${Math.round(megabytes)} MB would stop the worker for about ${Math.round(searchMs)} ms, more than the ${budget.pauseMs} ms allowed`;
  const guessMs = SEARCH_PER_COLLECTION * megabytes * ((await ownRate()) ?? USUAL_MS_PER_MEGABYTE);
  if (guessMs > GUESS_TOLERANCE * budget.pauseMs) return refusal(guessMs);
  const searchMs = SEARCH_PER_COLLECTION * (await collectGarbage(session, nowMs, Math.max(TIMEOUT_MS, budget.pauseMs)));
  return searchMs <= budget.pauseMs ? undefined : refusal(searchMs);
}

/** How long it took. */
async function collectGarbage(session: MainSession, nowMs: () => number, timeoutMs: number): Promise<number> {
  const startMs = nowMs();
  await session.post('HeapProfiler.collectGarbage', {}, timeoutMs);
  return nowMs() - startMs;
}
