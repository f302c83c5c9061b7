/** How many connections are adopted at once before the first pause. A worker that sets up its own pipelines makes fewer. */
const BURST = 256;
/** How many more in each second. One costs some 50 µs in all threads, so that 20 of them take a thousandth of a processor. */
const PER_SECOND = 20;

/**
 * How much may be adopted the moment it is born. A worker that sets up what it will run for hours stays below it and is
 * followed from the first record on; one that makes thousands of streams a second, each for a request, soon has none left.
 */
export class Budget {
  readonly #burst: number;
  readonly #perMs: number;
  #left: number;
  #filledAtMs: number | undefined = undefined;

  constructor(burst: number = BURST, perSecond: number = PER_SECOND) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#left = burst;
  }

  /** Takes one out; false when there is none. */
  take(nowMs: number): boolean {
    // The clock stands still between two pulses, in which thousands may ask.
    if (nowMs === this.#filledAtMs && this.#left < 1) return false;
    const sinceMs = nowMs - (this.#filledAtMs ?? nowMs);
    // A clock that was set back refills nothing.
    if (sinceMs > 0) this.#left = Math.min(this.#burst, this.#left + sinceMs * this.#perMs);
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
