import type { Board } from '../board/board.ts';
import { Control } from '../board/layout.ts';

/** After this many faults of its own the agent is more likely to hurt than to help. */
export const MAX_FAULTS = 10;

/** Counts the agent's own faults on the board, where both threads see them. */
export interface Faults {
  /** Counts one. Never throws. */
  count(error: unknown): void;
  /** The function with its faults counted instead of thrown. */
  guard<Arguments extends unknown[]>(run: (...args: Arguments) => void): (...args: Arguments) => void;
}

/**
 * @param onTooMany Called once, when the limit is reached, with one line that names the last fault.
 */
export function createFaults(board: Board, onTooMany: (line: string) => void): Faults {
  let over = false;
  const count = (error: unknown): void => {
    const total = Atomics.add(board.control, Control.AGENT_ERRORS, 1) + 1;
    if (total < MAX_FAULTS || over) return;
    over = true;
    // The other thread may have been the one to reach the limit first: then it has said so.
    if (Atomics.exchange(board.control, Control.STOP, 1) === 1) return;
    onTooMany(`switched off after repeated faults: ${describe(error)}`);
  };
  return {
    count,
    guard:
      (run) =>
      (...args) => {
        try {
          run(...args);
        } catch (error) {
          count(error);
        }
      },
  };
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'unknown fault';
  }
}
