import { setImmediate } from 'node:timers/promises';

/** How long one piece of a long task may take, milliseconds: a twentieth of what /healthz may. */
const turnMs = 5;

/** Cuts a long task into turns of the event loop, so that reports and requests need not wait for all of it. */
export class Turns {
  #beganMs = performance.now();

  /** Lets others come first if this turn has lasted long enough. */
  async pause(): Promise<void> {
    if (performance.now() - this.#beganMs < turnMs) return;
    await setImmediate();
    this.#beganMs = performance.now();
  }
}

/** The list with each element changed, a turn at a time. */
export async function mapInTurns<T, U>(list: readonly T[], change: (element: T) => U): Promise<U[]> {
  const turns = new Turns();
  const changed: U[] = [];
  for (const element of list) {
    changed.push(change(element));
    await turns.pause();
  }
  return changed;
}
