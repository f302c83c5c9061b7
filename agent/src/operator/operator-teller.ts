import type { OperatorTexts, ToThread } from '../thread/messages.ts';
import type { Operator } from './operator.ts';

/** A record that is younger than this is nobody's business: its key is not told, milliseconds. */
const TELL_OLDEST_AFTER_MS = 500;
const NOTHING: OperatorTexts = Object.freeze({
  oldestKey: '',
  pauseReason: '',
  lastFailure: '',
  givenUp: false,
  leftToProgram: false,
});

/** Tells the agent thread what cannot stand on the board, because it is text; only when it has changed. */
export class OperatorTeller {
  readonly #post: (message: ToThread) => void;
  readonly #told: WeakMap<Operator, OperatorTexts> = new WeakMap();

  constructor(post: (message: ToThread) => void) {
    this.#post = post;
  }

  tell(operator: Operator, nowMs: number): void {
    const { pauseReason = '', lastFailure, givenUp, leftToProgram } = operator.condition;
    const oldest = operator.oldest();
    const oldestKey = oldest !== undefined && nowMs - oldest.sinceMs >= TELL_OLDEST_AFTER_MS ? oldest.key : '';
    const told = this.#told.get(operator) ?? NOTHING;
    const texts: OperatorTexts = { oldestKey, pauseReason, lastFailure, givenUp, leftToProgram };
    const same = told.oldestKey === oldestKey && told.pauseReason === pauseReason;
    const gone = told.givenUp === givenUp && told.leftToProgram === leftToProgram;
    if (same && gone && told.lastFailure === lastFailure) return;
    this.#told.set(operator, texts);
    this.#post({ type: 'operator-texts', id: operator.id, texts });
  }

  forget(operator: Operator): void {
    this.#told.delete(operator);
  }
}
