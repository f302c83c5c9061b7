import type { FakeClock } from './fake-clock.ts';

/** Waits until something becomes true in the real world of sockets; fails after twenty seconds. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(`It never became true: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The same while time passes on a clock, a step at each look. */
export async function eventuallyWith(clock: FakeClock, stepMs: number, isTrue: () => boolean): Promise<void> {
  await eventually(() => {
    if (isTrue()) return true;
    clock.advance(stepMs);
    return false;
  });
}
