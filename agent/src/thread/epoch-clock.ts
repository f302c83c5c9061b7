/** How many past epochs keep their start time: a bit over an hour at one epoch a second. */
const REMEMBERED_EPOCHS = 4096;

/** Numbers the marker rounds and remembers when each began. */
export interface EpochClock {
  /** Number of the newest epoch; 0 before the first. */
  readonly epoch: number;
  /** Begins a new epoch when the interval is over. Returns true when it did. One call begins at most one. */
  tick(nowMs: number, intervalMs: number): boolean;
  /** Monotonic milliseconds at which the epoch began; of the oldest one remembered when it is older; undefined if never. */
  startMs(epoch: number): number | undefined;
}

/** An epoch clock whose first epoch begins with the first tick. */
export function createEpochClock(): EpochClock {
  const starts = new Float64Array(REMEMBERED_EPOCHS);
  let epoch = 0;
  return {
    get epoch() {
      return epoch;
    },
    tick(nowMs, intervalMs) {
      const last = starts[epoch % REMEMBERED_EPOCHS] ?? 0;
      if (epoch > 0 && nowMs - last < intervalMs) return false;
      epoch += 1;
      starts[epoch % REMEMBERED_EPOCHS] = nowMs;
      return true;
    },
    startMs(wanted) {
      if (wanted < 1 || wanted > epoch) return undefined;
      const oldest = Math.max(1, epoch - REMEMBERED_EPOCHS + 1);
      return starts[Math.max(wanted, oldest) % REMEMBERED_EPOCHS];
    },
  };
}
