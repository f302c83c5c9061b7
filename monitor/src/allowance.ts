/** How often something may happen. */
export interface AllowanceLimits {
  /** For long. */
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** Counts how often something happens against how often it may: full at first, filled again by the time that passes. */
export class Allowance {
  readonly #limits: AllowanceLimits;
  #left: number;
  #atMs: number;

  constructor(limits: AllowanceLimits, nowMs: number) {
    this.#limits = limits;
    this.#left = limits.burst;
    this.#atMs = nowMs;
  }

  /** How many more may happen now; with less than one, none may. */
  left(nowMs: number): number {
    const filled = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#limits.perSecond;
    return Math.min(this.#limits.burst, this.#left + filled);
  }

  /**
   * Counts one that happens, also one too many, for which the next ones wait longer. Gives how long it should have waited itself,
   * milliseconds: 0 while there is enough left.
   */
  take(nowMs: number): number {
    this.#left = this.left(nowMs) - 1;
    this.#atMs = nowMs;
    return this.#left >= 0 ? 0 : (-this.#left / this.#limits.perSecond) * 1000;
  }
}
