/** How many things may happen at once, and how often after that. */
export interface AllowanceBounds {
  readonly atOnce: number;
  /** One more in this time, milliseconds. */
  readonly everyMs: number;
}

/** Lets things happen so often and not oftener. */
export class Allowance {
  readonly #bounds: AllowanceBounds;
  #left: number;
  #filledAtMs: number | undefined = undefined;

  constructor(bounds: AllowanceBounds) {
    this.#bounds = bounds;
    this.#left = bounds.atOnce;
  }

  /** Takes one out; false when there is none. */
  take(nowMs: number): boolean {
    // The clock stands still between two pulses, in which thousands may ask.
    if (nowMs === this.#filledAtMs && this.#left < 1) return false;
    const sinceMs = nowMs - (this.#filledAtMs ?? nowMs);
    // A clock that was set back refills nothing.
    if (sinceMs > 0) this.#left = Math.min(this.#bounds.atOnce, this.#left + sinceMs / this.#bounds.everyMs);
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
