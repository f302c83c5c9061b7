/** Redis answers in milliseconds; a command without an answer for this long says that the server stands still, milliseconds. */
export const ANSWER_WITHIN_MS = 2000;

/** Commands that are followed at once; of further ones the answer is not missed. */
const MAX_COMMANDS = 1000;

/** Commands that wait for the server's answer, and how long each of them may. */
export class Unanswered {
  readonly #untilMs: Map<symbol, number> = new Map();

  /** A command was sent that is answered within that time. Call what this gives when it is over. */
  sent(nowMs: number, withinMs: number): () => void {
    const key = Symbol('command');
    if (this.#untilMs.size < MAX_COMMANDS) this.#untilMs.set(key, nowMs + withinMs);
    return () => void this.#untilMs.delete(key);
  }

  /** The answer to one of them is overdue: a server that stands still, or a line that is dead, closes no connection. */
  overdue(nowMs: number): boolean {
    for (const untilMs of this.#untilMs.values()) if (untilMs < nowMs) return true;
    return false;
  }
}
