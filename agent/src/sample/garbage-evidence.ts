import { create, type Garbage, GarbageSchema } from '@streamgauge/proto';
import type { HeapSize } from '../main-thread/heap-size.ts';
import { nanoseconds } from '../thread/nanoseconds.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';
import { garbageShare } from './processor-profile.ts';

/** How long the collector is watched: in a heap of some hundred megabytes it is at work and at rest for half a second each. */
const WATCH_MS = 1500;
/** The main thread answers between two pauses of the collector. */
const TIMEOUT_MS = 4000;

/**
 * Watches the collector for a while, through a CPU profile: V8's own list of its pauses leaves out the small steps in between, in
 * which it does most of its work where large buffers are asked for. Undefined where nothing was seen. Rejects as the session does.
 */
export async function takeGarbage(
  session: MainSession,
  pause: (ms: number) => Promise<void>,
): Promise<Garbage | undefined> {
  const share = await garbageShare(session, pause, { durationMs: WATCH_MS, timeoutMs: TIMEOUT_MS });
  if (share === undefined) return undefined;
  const heap = await session.evaluate<HeapSize | undefined>(`${HELPER_EXPRESSION}.heap()`, TIMEOUT_MS);
  return create(GarbageSchema, {
    pausedNano: nanoseconds(share * WATCH_MS),
    observedNano: nanoseconds(WATCH_MS),
    heapUsedBytes: BigInt(Math.round(heap?.usedBytes ?? 0)),
    heapLimitBytes: BigInt(Math.round(heap?.limitBytes ?? 0)),
  });
}
