import { GARBAGE_MS } from '../status/garbage-time.ts';
import type { FromThread, ToThread } from '../thread/messages.ts';
import type { Tracker } from '../tracker.ts';
import { type MainFacts, takeMainFacts } from './main-facts.ts';

/** What answering needs of the rest of the agent. */
export interface AnswerOptions {
  readonly tracker: Pick<Tracker, 'records'>;
  readonly post: (message: ToThread) => void;
  readonly nowMs: () => number;
  /** A fault that it survived. */
  readonly onError: (error: unknown) => void;
}

/** Answers what the agent thread asks of this one: exactly once, at the next turn of the event loop or a moment later. Never throws. */
export function answerThread({ tracker, post, nowMs, onError }: AnswerOptions): (message: FromThread) => void {
  return ({ request, garbage }) => {
    const answer = (facts: MainFacts | undefined): void => post({ type: 'main-facts', request, facts });
    takeMainFacts((limit) => tracker.records(limit), nowMs, garbage ? GARBAGE_MS : 0)
      .then(answer, (error: unknown) => {
        onError(error);
        answer(undefined);
      })
      .catch(onError);
  };
}
