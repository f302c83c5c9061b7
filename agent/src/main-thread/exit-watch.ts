import type { Board } from '../board/board.ts';
import { Control } from '../board/layout.ts';
import type { ToThread } from '../thread/messages.ts';

/**
 * The longest time the exit of the process is held up for the agent thread's goodbye: less than the 50 ms that are promised.
 * Usual is 1 to 3 ms; only where more threads want to run than there are processors, the agent thread waits for its turn.
 */
const FAREWELL_MS = 40;

/**
 * Says goodbye when the process exits, and waits a moment for the agent thread to send it, if there is anybody to send it to.
 * `publish` writes the last numbers to the board. Returns the function that ends the watch.
 */
export function watchExit(board: Board, publish: () => void, post: (message: ToThread) => void): () => void {
  const onExit = (code: number): void => {
    try {
      publish();
      // Before the message: the answer may be there before this thread runs on, and is not to be overwritten.
      Atomics.store(board.control, Control.EXIT, 1);
      post({ type: 'exit', code: Number(code) | 0 });
      if (Atomics.load(board.control, Control.FAREWELL) !== 1) return;
      Atomics.wait(board.control, Control.EXIT, 1, FAREWELL_MS);
    } catch {
      // The process exits as the user wants it.
    }
  };
  process.on('exit', onExit);
  return () => void process.off('exit', onExit);
}
