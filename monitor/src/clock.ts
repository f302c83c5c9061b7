/** Time as the monitor sees it; tests inject their own. */
export interface Clock {
  /** Never steps back, unrelated to the time of day. All ages and thresholds are differences of this clock. */
  monotonicMs(): number;
  /** Time of day, for people and for the store. */
  unixMs(): number;
  /** Calls back every periodMs until the returned function is called. */
  every(periodMs: number, callback: () => void): () => void;
  /**
   * Calls back once, unless the returned function is called before. What has arrived while the event loop was busy is read first: nobody is
   * told to be late whose word was there in time.
   */
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
    let reads: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      reads = setImmediate(callback);
    }, delayMs);
    return () => {
      clearTimeout(timer);
      clearImmediate(reads);
    };
  },
};
