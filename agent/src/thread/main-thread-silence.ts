import type { Board } from '../board/board.ts';
import { Clock, Control } from '../board/layout.ts';
import { runningOperator } from './topology.ts';
import { AWAKE, createWatchdog, type WatchdogVerdict } from './watchdog.ts';

/** What is known of a main thread that says nothing. */
export interface MainThreadSilence {
  readonly verdict: WatchdogVerdict;
  /** Number of the block that lasts, or was the last. */
  readonly block: number;
  /** Whether a debugger holds it, which is no block of the program's own. */
  readonly paused: boolean;
  /** Processor time that it has spent since it was first seen not to turn, milliseconds; undefined: it turns, or nobody can tell. */
  spentMs(): number | undefined;
  /** Looks once. `limitMs`: how long a silence has to last to be a block. */
  look(at: { readonly nowMs: number; readonly periodMs: number; readonly limitMs: number }): void;
  /** The agent itself holds it up, by a search of its heap or a dump, or does so no more. */
  hold(held: boolean): void;
  /** A debugger was seen to have paused it in the block that lasts, or not to. Gives whether that is news. */
  seePaused(paused: boolean): boolean;
}

/** `cpuMs`: processor time of the main thread as the system tells it. */
export function createMainThreadSilence(board: Board, cpuMs: () => number | undefined): MainThreadSilence {
  const watchdog = createWatchdog();
  let verdict = AWAKE;
  let spentBeforeMs: number | undefined;
  let held = false;
  let block = 0;
  let pausedBlock: number | undefined;
  const paused = (): boolean => verdict.blockedMs > 0 && pausedBlock === block;
  return {
    get verdict() {
      return verdict;
    },
    get block() {
      return block;
    },
    get paused() {
      return paused();
    },
    spentMs() {
      if (spentBeforeMs === undefined) return undefined;
      const nowMs = cpuMs();
      return nowMs === undefined ? undefined : nowMs - spentBeforeMs;
    },
    look({ nowMs, periodMs, limitMs }) {
      verdict = watchdog.look({
        nowMs,
        periodMs,
        beatMs: board.clock[Clock.BEAT_MS] ?? 0,
        held,
        loopStarted: Atomics.load(board.control, Control.LOOP_STARTED) === 1,
        runningOperator: runningOperator(board),
        limitMs,
      });
      if (verdict.change === 'blocked') block += 1;
      if (verdict.turns) spentBeforeMs = undefined;
      else spentBeforeMs ??= cpuMs();
    },
    hold(isHeld) {
      held = isHeld;
    },
    seePaused(isPaused) {
      const before = paused();
      pausedBlock = isPaused ? block : undefined;
      return paused() !== before;
    },
  };
}
