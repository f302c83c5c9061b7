import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;
/** How many times as long as tests say a machine may take that does something else. What is claimed of times, tests read off events. */
export const PATIENCE = 4;

/** Asks again and again until the answer is not undefined; fails with `what` when that takes longer than withinMs, on a machine at rest. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const lateMs = performance.now() + PATIENCE * withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > lateMs) throw new Error(`Not within ${PATIENCE * withinMs} ms: ${what}.`);
    await sleep(LOOK_EVERY_MS);
  }
}
