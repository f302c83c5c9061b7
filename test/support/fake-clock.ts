import type { Clock } from '../../monitor/src/clock.ts';

interface Timer {
  dueMs: number;
  readonly periodMs: number | null;
  readonly callback: () => void;
}

/** A clock that moves only when told to. Timers run in the order in which they are due. */
export class FakeClock implements Clock {
  #nowMs = 1_000_000;
  #unixMs = Date.parse('2026-01-02T03:04:05Z');
  readonly #timers = new Set<Timer>();

  // Bound to their clock, as those of the system are to theirs.
  readonly monotonicMs = (): number => this.#nowMs;
  readonly unixMs = (): number => this.#unixMs;
  readonly every = (periodMs: number, callback: () => void): (() => void) =>
    this.#add({ dueMs: this.#nowMs + periodMs, periodMs, callback });
  readonly after = (delayMs: number, callback: () => void): (() => void) =>
    this.#add({ dueMs: this.#nowMs + delayMs, periodMs: null, callback });

  /** Lets time pass and runs what becomes due. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#move(Math.max(0, next.dueMs - this.#nowMs));
      if (next.periodMs === null) this.#timers.delete(next);
      else next.dueMs += next.periodMs;
      next.callback();
    }
    this.#move(endMs - this.#nowMs);
  }

  /** The process sleeps: time passes, and timers that became due in between run once, late. */
  suspend(ms: number): void {
    this.#move(ms);
    for (const timer of this.#timers) if (timer.dueMs < this.#nowMs) timer.dueMs = this.#nowMs;
  }

  /** Somebody sets the time of day; the monotonic clock does not notice. */
  setBack(ms: number): void {
    this.#unixMs -= ms;
  }

  /** Timers that have not run or been cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  #move(ms: number): void {
    this.#nowMs += ms;
    this.#unixMs += ms;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}
