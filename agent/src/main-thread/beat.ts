import type { Board } from '../board/board.ts';
import { Clock, Control } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';

/** Pause between two beats. */
const BEAT_MS = 50;

/** What a beat does beside showing that the event loop turns. */
export interface BeatOptions {
  readonly board: Board;
  readonly onBeat: (nowMs: number) => void;
  /** The agent thread wants the agent switched off. */
  readonly onStop: () => void;
}

/**
 * Shows the agent thread that the event loop turns, and how late its timers are. The timer does not keep the process alive.
 * Returns the function that ends the beat.
 */
export function startBeat({ board, onBeat, onStop }: BeatOptions): () => void {
  let dueMs = monotonicMs() + BEAT_MS;
  board.clock[Clock.BEAT_MS] = monotonicMs();
  const timer = setInterval(() => {
    const nowMs = monotonicMs();
    const delayMs = nowMs - dueMs;
    dueMs = nowMs + BEAT_MS;
    board.clock[Clock.BEAT_MS] = nowMs;
    if (delayMs > (board.clock[Clock.DELAY_MAX_MS] ?? 0)) board.clock[Clock.DELAY_MAX_MS] = delayMs;
    Atomics.store(board.control, Control.LOOP_STARTED, 1);
    if (Atomics.load(board.control, Control.STOP) === 1) onStop();
    else onBeat(nowMs);
  }, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}
