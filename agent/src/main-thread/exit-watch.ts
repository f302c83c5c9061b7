import { setImmediate } from 'node:timers';
import type { Board } from '../board/board.ts';
import { Control } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import type { Drained, ToThread } from '../thread/messages.ts';
import type { PendingOperator, Tracker } from '../tracker.ts';
import { describeUnfinished, stillPending } from './unfinished.ts';

/**
 * The longest time the exit of the process is held up for the agent thread's goodbye: less than the 50 ms that are promised.
 * Usual is 1 to 3 ms; only where more threads want to run than there are processors, the agent thread waits for its turn.
 */
const FAREWELL_MS = 40;

/** What of it is left for sending, however long looking at what is left behind has taken. */
const SENDING_MS = 20;

/** What an exit is watched with. */
export interface ExitWatch {
  readonly board: Board;
  /** Writes the last numbers to the board. */
  readonly publish: () => void;
  readonly post: (message: ToThread) => void;
  readonly tracker: Pick<Tracker, 'pending' | 'inspect'>;
  /** Files in which the functions of operators may lie. */
  readonly files: () => readonly string[];
}

/**
 * Says goodbye when the process exits, and waits a moment for the agent thread to send it, if there is anybody to send it to.
 * When it exits because its event loop ran dry, it says as well which operators are left with work that nothing can finish.
 * Returns the function that ends the watch.
 */
export function watchExit({ board, publish, post, tracker, files }: ExitWatch): () => void {
  let drained: readonly PendingOperator[] | undefined;
  const told = (): boolean => Atomics.load(board.control, Control.FAREWELL) === 1;

  const onDry = (): void => {
    try {
      if (!told()) return;
      publish();
      drained = tracker.pending();
      // Somebody else who hears of the same may give the loop something to do. This does not keep it alive.
      setImmediate(() => {
        drained = undefined;
      }).unref();
    } catch {
      // The process goes on, or exits, as without us.
    }
  };

  const onExit = (code: number): void => {
    try {
      publish();
      const fromMs = monotonicMs();
      const left = told() && drained !== undefined ? leftBehind(drained) : undefined;
      const spentMs = left === undefined || left.unfinished.length === 0 ? 0 : monotonicMs() - fromMs;
      // Before the message: the answer may be there before this thread runs on, and is not to be overwritten.
      Atomics.store(board.control, Control.EXIT, 1);
      post({ type: 'exit', code: Number(code) | 0, ...(left === undefined ? {} : { drained: left }) });
      if (!told()) return;
      Atomics.wait(board.control, Control.EXIT, 1, Math.max(SENDING_MS, FAREWELL_MS - spentMs));
    } catch {
      // The process exits as the user wants it.
    }
  };

  const leftBehind = (before: readonly PendingOperator[]): Drained => {
    const pending = before.length === 0 ? [] : stillPending(before, tracker.pending());
    if (pending.length === 0) return { unfinished: [], files: [] };
    return { unfinished: describeUnfinished(pending, tracker), files: files() };
  };

  process.on('beforeExit', onDry);
  process.on('exit', onExit);
  return () => {
    process.off('beforeExit', onDry);
    process.off('exit', onExit);
  };
}
