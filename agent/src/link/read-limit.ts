/** What a monitor has reason to send is far less: an acknowledgement per batch of events, a request now and then. */
const READ_BOUNDS = {
  /** Frames of the monitor that are read in a second for long; it is read no faster. */
  perSecond: 200,
  /** Frames of the monitor that are read at once. */
  atOnce: 1000,
} as const;
/** The longest that a monitor which has sent too much is not read: one that behaves again is to be heard again. */
const LONGEST_MS = 10_000;

/** Slows a monitor down that sends without end: what it sends waits in its own memory, and costs the worker next to nothing. */
export interface ReadLimit {
  /** A frame has come. Gives for how long nothing more is to be read, milliseconds; 0: go on. */
  frame(nowMs: number): number;
}

/** A limit for one connection. Frames that came in one piece with the last one are still read, so the balance may become negative. */
export function createReadLimit(startMs: number): ReadLimit {
  let left: number = READ_BOUNDS.atOnce;
  let atMs = startMs;
  return {
    frame(nowMs) {
      left = Math.min(READ_BOUNDS.atOnce, left + (Math.max(0, nowMs - atMs) / 1000) * READ_BOUNDS.perSecond) - 1;
      atMs = nowMs;
      return left >= 0 ? 0 : Math.min(LONGEST_MS, (-left / READ_BOUNDS.perSecond) * 1000);
    },
  };
}
