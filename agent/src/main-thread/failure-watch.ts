import { LIMITS } from '@streamgauge/proto/limits';
import type { Board } from '../board/board.ts';
import { Control } from '../board/layout.ts';
import { parseStackText } from '../sample/stack-text.ts';
import type { ToThread } from '../thread/messages.ts';

/** What is told of a value that was thrown and not caught. Never throws: the value is the user's and may be anything. */
function describeFailure(thrown: unknown): Pick<Extract<ToThread, { type: 'failure' }>, 'name' | 'message' | 'stack'> {
  try {
    if (!(thrown instanceof Error)) return { name: '', message: cut(String(thrown)), stack: [] };
    const stack = typeof thrown.stack === 'string' ? parseStackText(thrown.stack) : [];
    return { name: cut(String(thrown.name)), message: cut(String(thrown.message)), stack };
  } catch {
    return { name: '', message: 'a value that cannot be shown', stack: [] };
  }
}

/**
 * Tells the agent thread of every error that nobody caught. The event used here only watches: whether the process ends,
 * with what code and what text stays as the user has it. Returns the function that ends the watch.
 */
export function watchFailures(board: Board, post: (message: ToThread) => void): () => void {
  const onFailure = (thrown: unknown): void => {
    try {
      const operatorId = Atomics.load(board.control, Control.RUNNING_OPERATOR);
      post({ type: 'failure', ...describeFailure(thrown), operatorId });
    } catch {
      // The user's error is on its way: nothing of ours may come between.
    }
  };
  process.on('uncaughtExceptionMonitor', onFailure);
  return () => void process.off('uncaughtExceptionMonitor', onFailure);
}

function cut(text: string): string {
  return text.slice(0, LIMITS.SENTENCE_CHARACTERS);
}
