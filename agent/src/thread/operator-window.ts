import { OperatorState } from '../board/layout.ts';
import type { EpochClock } from './epoch-clock.ts';

/** One look at an operator's cells on the board. */
export interface OperatorLook {
  readonly completed: number;
  /** -1: cannot be counted. */
  readonly emitted: number;
  readonly inFlight: number;
  readonly state: OperatorState;
  /** Infinity: input finished. */
  readonly passedEpoch: number;
  readonly passedAtMs: number;
  readonly unread: boolean;
  /** Monotonic milliseconds at which the oldest record in flight began; 0: none, or not known. */
  readonly oldestAtMs: number;
  /** Tells that record from others of the operator. */
  readonly oldestNumber: number;
  /** Work that waits outside of the worker; -1: not known. */
  readonly pending: number;
  readonly failures: number;
  /** Monotonic milliseconds since which its connection is away; 0: it is there. */
  readonly disconnectedAtMs: number;
}

/** What is known of an operator after many looks; times in milliseconds since adoption unless said. */
export interface OperatorWindow {
  readonly look: OperatorLook;
  readonly seenAtMs: number;
  readonly idleMs: number;
  readonly busyMs: number;
  readonly backpressuredMs: number;
  readonly pausedMs: number;
  /** Monotonic time of the last look that saw a completion; of the adoption before the first. */
  readonly progressAtMs: number;
  /** Busy without a completion, and able to get on. */
  readonly heldMs: number;
  /** The same when the event loop was last seen to turn. */
  readonly heldAtTurnMs: number;
  /** Monotonic time of the look that first saw the oldest record in flight as the oldest; 0: there is none. */
  readonly oldestSeenAtMs: number;
  /**
   * Monotonic time before which it cannot have taken what it holds: of the look before the last one that saw it complete
   * something, or not busy. Unlike heldMs it loses nothing where looks come late.
   */
  readonly heldFromMs: number;
}

/** How a look is taken. */
export interface LookConditions {
  readonly nowMs: number;
  /** Usual pause between two looks. */
  readonly periodMs: number;
  /** Whether the thread comes round to its event loop, as far as can be seen. */
  readonly turns: boolean;
  /** Whether nobody but the running operator can get on, because the event loop is blocked. */
  readonly stands: boolean;
  /** The main thread is inside this operator's code and has been for longer than a moment: it is busy, whatever was published. */
  readonly running: boolean;
  /** The main thread is inside this operator's code at this moment: the time since the last look counts as busy. */
  readonly onProcessor: boolean;
}

/**
 * A process that was suspended, or a machine without a free processor, must not look like a stall: one look adds at most
 * this many periods to a state time, and at most HELD_PERIODS to the clock of a held record.
 */
const STATE_PERIODS = 3;
const HELD_PERIODS = 2;

/** The window of an operator at its adoption. */
export function openWindow(look: OperatorLook, nowMs: number): OperatorWindow {
  return {
    look,
    seenAtMs: nowMs,
    idleMs: 0,
    busyMs: 0,
    backpressuredMs: 0,
    pausedMs: 0,
    progressAtMs: nowMs,
    heldMs: 0,
    heldAtTurnMs: 0,
    oldestSeenAtMs: look.oldestAtMs > 0 ? nowMs : 0,
    heldFromMs: nowMs,
  };
}

/** The window after one more look. Pure. */
export function advanceWindow(window: OperatorWindow, look: OperatorLook, conditions: LookConditions): OperatorWindow {
  const { nowMs, periodMs, turns, stands, running, onProcessor } = conditions;
  const passedMs = Math.max(0, nowMs - window.seenAtMs);
  const stateMs = Math.min(passedMs, STATE_PERIODS * periodMs);
  const state = running ? OperatorState.BUSY : look.state;
  // One look in the middle of synchronous work stands for as much time as one look at rest: over many, the shares come out.
  const spent = onProcessor ? OperatorState.BUSY : state;
  const progressed = look.completed !== window.look.completed;
  const heldMs = held();
  return {
    look: state === look.state ? look : { ...look, state },
    seenAtMs: nowMs,
    idleMs: window.idleMs + (spent === OperatorState.IDLE ? stateMs : 0),
    busyMs: window.busyMs + (spent === OperatorState.BUSY ? stateMs : 0),
    backpressuredMs: window.backpressuredMs + (spent === OperatorState.BACKPRESSURED ? stateMs : 0),
    pausedMs: window.pausedMs + (spent === OperatorState.PAUSED ? stateMs : 0),
    progressAtMs: progressed ? nowMs : window.progressAtMs,
    heldMs,
    heldAtTurnMs: turns ? heldMs : Math.min(heldMs, window.heldAtTurnMs),
    oldestSeenAtMs: oldestSeenAtMs(),
    heldFromMs: progressed || state !== OperatorState.BUSY ? window.seenAtMs : window.heldFromMs,
  };

  function oldestSeenAtMs(): number {
    if (look.oldestAtMs === 0) return 0;
    const same = window.oldestSeenAtMs > 0 && look.oldestNumber === window.look.oldestNumber;
    return same ? window.oldestSeenAtMs : nowMs;
  }

  function held(): number {
    if (progressed || state !== OperatorState.BUSY) return 0;
    // Who waits for a blocked event loop cannot complete anything, and is not to blame for it: not from when it fell silent.
    if (stands && !running) return window.heldAtTurnMs;
    return window.heldMs + Math.min(passedMs, HELD_PERIODS * periodMs);
  }
}

/** Age of the oldest epoch that waits in front of the operator, milliseconds; 0 when none waits. */
export function markerAgeMs(look: OperatorLook, epochs: EpochClock, nowMs: number): number {
  if (look.state === OperatorState.ENDED || !(look.passedEpoch < epochs.epoch)) return 0;
  const waitingSinceMs = epochs.startMs(look.passedEpoch + 1);
  return waitingSinceMs === undefined ? 0 : Math.max(0, nowMs - waitingSinceMs);
}

/** How long the epoch that was passed last needed to get here, milliseconds; 0 when none was passed or it is forgotten. */
export function markerDelayMs(look: OperatorLook, epochs: EpochClock): number {
  if (look.passedEpoch < 1 || look.passedEpoch === Number.POSITIVE_INFINITY) return 0;
  const startMs = epochs.startMs(look.passedEpoch);
  // 0 says that none was passed.
  return startMs === undefined ? 0 : Math.max(1e-6, look.passedAtMs - startMs);
}

/** How long, at most, the record that has been held for longest is held; 0 when none is, or the operator is not known. */
export function longestHeldMs(window: OperatorWindow | undefined, nowMs: number): number {
  if (window === undefined) return 0;
  const { heldFromMs, look } = window;
  const busyMs = look.state === OperatorState.BUSY ? nowMs - heldFromMs : 0;
  return Math.max(0, busyMs, look.oldestAtMs > 0 ? nowMs - look.oldestAtMs : 0);
}
