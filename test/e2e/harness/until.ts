import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/** Asks again and again until the answer is not undefined; fails with `what` when that takes longer than withinMs. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const lateMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > lateMs) throw new Error(`Not within ${withinMs} ms: ${what}.`);
    await sleep(LOOK_EVERY_MS);
  }
}
