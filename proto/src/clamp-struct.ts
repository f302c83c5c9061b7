import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { LIMITS } from './limits.ts';
import { clampSentence, clampText } from './text.ts';

/**
 * Makes trees of values that a peer has sent safe to show and to keep: texts are trimmed, what lies too deep or beyond the number
 * of values is left out, and a number that JSON has no form for becomes null. One for all trees of a message: they share the
 * number of values.
 */
export class StructClamp {
  /** What was changed, for the receiver's counter. */
  changes = 0;
  #left: number = LIMITS.STATUS_VALUES;

  /** The tree, made anew: keys may be others. */
  object(from: JsonObject, depth = 1): JsonObject {
    const to: JsonObject = {};
    for (const key of Object.keys(from)) {
      if (!this.#hasRoom()) break;
      const name = clampText(key, LIMITS.TOKEN_CHARACTERS);
      if (name !== key) this.changes += 1;
      // Assigned to, it would be no key but the prototype.
      if (name === '__proto__') this.changes += 1;
      else to[name] = this.#value(from[key] as JsonValue, depth);
    }
    return to;
  }

  #value(from: JsonValue, depth: number): JsonValue {
    if (typeof from === 'string') {
      const text = clampSentence(from, LIMITS.SENTENCE_CHARACTERS);
      if (text !== from) this.changes += 1;
      return text;
    }
    if (typeof from === 'number' && !Number.isFinite(from)) return this.#nothing();
    if (typeof from !== 'object' || from === null) return from;
    if (depth >= LIMITS.STATUS_DEPTH) return this.#nothing();
    return Array.isArray(from) ? this.#list(from, depth + 1) : this.object(from, depth + 1);
  }

  #list(from: readonly JsonValue[], depth: number): JsonValue[] {
    const to: JsonValue[] = [];
    for (const value of from) {
      if (!this.#hasRoom()) break;
      to.push(this.#value(value, depth));
    }
    return to;
  }

  #hasRoom(): boolean {
    if (this.#left > 0) {
      this.#left -= 1;
      return true;
    }
    this.changes += 1;
    return false;
  }

  #nothing(): null {
    this.changes += 1;
    return null;
  }
}
