/** What the watchdog sees at one look. */
export interface WatchdogLook {
  readonly nowMs: number;
  /** Usual pause between two looks. */
  readonly periodMs: number;
  /** Last sign of life of the main thread. */
  readonly beatMs: number;
  /** The event loop has turned once. Before that, silence is the loading of modules. */
  readonly loopStarted: boolean;
  /** Operator whose code runs now; 0: none. Records may be worked on before the loop turns for the first time. */
  readonly runningOperator: number;
  /** The agent itself holds the thread up, to search its heap: that is no silence, and ends none. */
  readonly held: boolean;
  readonly limitMs: number;
}

export interface WatchdogVerdict {
  /** How long the main thread has given no sign of life. */
  readonly silentMs: number;
  /** The same while the main thread counts as blocked, else 0. */
  readonly blockedMs: number;
  /** Whether it comes round to its event loop, as far as can be seen. */
  readonly turns: boolean;
  /** Whether nobody but the code that runs can get on: it is blocked, or was silent when the agent began to hold it up. */
  readonly stands: boolean;
  /** What changed with this look. */
  readonly change: 'none' | 'blocked' | 'resumed';
}

/**
 * A silence that a turning event loop does not have: a thread beats every 50 ms, or at the first record after a pulse. Whoever says nothing
 * for longer is inside the code that it has announced.
 */
const TURNING_MS = 100;

/** What a watchdog says before its first look. */
export const AWAKE: WatchdogVerdict = { silentMs: 0, blockedMs: 0, turns: true, stands: false, change: 'none' };

/** Tells from outside whether the main thread still turns its event loop. */
export interface Watchdog {
  look(look: WatchdogLook): WatchdogVerdict;
}

/**
 * One look adds at most this many periods to the silence: when this thread did not run either, the process was suspended
 * or the machine had no free processor, and the main thread had no chance to give a sign.
 */
const SILENCE_PERIODS = 3;

/** A watchdog that has seen nothing yet. Pure but for what it remembers: time comes with the looks. */
export function createWatchdog(): Watchdog {
  let lastLookMs = Number.NaN;
  let lastBeatMs = Number.NaN;
  let silentMs = 0;
  let blocked = false;
  return {
    look({ nowMs, periodMs, beatMs, loopStarted, runningOperator, held, limitMs }) {
      const watching = loopStarted || runningOperator !== 0;
      if (!watching) {
        silentMs = 0;
      } else if (beatMs !== lastBeatMs || Number.isNaN(lastLookMs)) {
        silentMs = loopStarted ? Math.min(Math.max(0, nowMs - beatMs), SILENCE_PERIODS * periodMs) : 0;
      } else if (!held) {
        silentMs += Math.min(Math.max(0, nowMs - lastLookMs), SILENCE_PERIODS * periodMs);
      }
      lastLookMs = nowMs;
      lastBeatMs = beatMs;
      const wasBlocked = blocked;
      blocked = silentMs >= limitMs;
      const change = blocked === wasBlocked ? 'none' : blocked ? 'blocked' : 'resumed';
      const turns = silentMs < TURNING_MS;
      return { silentMs, blockedMs: blocked ? silentMs : 0, turns, stands: blocked || (held && !turns), change };
    },
  };
}

/**
 * Whether a report of the block leaves the monitor in doubt: it takes the pauses of the agent's own clock since the last report off the
 * silence, and what remains may be less than the threshold. The next report, which has no such pause to tell, is then due at once.
 */
export function leavesDoubt(
  { silentMs, blockedMs }: Pick<WatchdogVerdict, 'silentMs' | 'blockedMs'>,
  agentGapMs: number,
  limitMs: number,
): boolean {
  return blockedMs > 0 && silentMs - agentGapMs < limitMs;
}
