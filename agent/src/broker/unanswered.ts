/** Redis answers in milliseconds; a command without an answer for this long says that the server stands still, milliseconds. */
export const ANSWER_WITHIN_MS = 1000;

/** Commands that are followed at once; of further ones the answer is not missed. */
const MAX_COMMANDS = 1000;

/** Commands that wait for the server's answer, and when it was to be expected. */
export class Unanswered {
  readonly #expectedMs: Map<symbol, number> = new Map();

  /** A command was sent; with one that may block, the answer is expected that much later. Call what this gives when it is over. */
  sent(nowMs: number, blocksMs = 0): () => void {
    const key = Symbol('command');
    if (this.#expectedMs.size < MAX_COMMANDS) this.#expectedMs.set(key, nowMs + blocksMs);
    return () => void this.#expectedMs.delete(key);
  }

  /**
   * Since when an answer has been missing for too long; undefined: none has. A server that stands still, or a line that is dead,
   * closes no connection.
   */
  overdueSince(nowMs: number): number | undefined {
    let since: number | undefined;
    for (const expectedMs of this.#expectedMs.values())
      if (nowMs - expectedMs > ANSWER_WITHIN_MS && (since === undefined || expectedMs < since)) since = expectedMs;
    return since;
  }
}
