import type { Board } from '../board/board.ts';
import { Clock, Control } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import { heapSize } from './heap-size.ts';

/** Pause between two beats. */
const BEAT_MS = 50;

/** To look at the heap takes 3 µs, and what is told of a process that its heap has ended is no newer than this. */
const BEATS_PER_HEAP_LOOK = 4;

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
  let beats = 0;
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
    if (beats++ % BEATS_PER_HEAP_LOOK === 0) showHeap(board);
  }, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** How full the heap is, for what is told when the process has ended because it was full. */
function showHeap({ clock }: Board): void {
  const { usedBytes, limitBytes } = heapSize();
  clock[Clock.HEAP_USED] = usedBytes;
  clock[Clock.HEAP_LIMIT] = limitBytes;
}
