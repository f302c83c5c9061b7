/** Time as the monitor sees it; tests inject their own. */
export interface Clock {
  /** Never steps back, unrelated to the time of day. All ages and thresholds are differences of this clock. */
  monotonicMs(): number;
  /** Time of day, for people and for the store. */
  unixMs(): number;
  /** Calls back every periodMs until the returned function is called. */
  every(periodMs: number, callback: () => void): () => void;
  /** Calls back once, unless the returned function is called before. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  unixMs: () => Date.now(),
  every: (periodMs, callback) => {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
