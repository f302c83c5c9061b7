import type { Edge } from './edge.ts';
import type { Operator } from './operator.ts';

/** What can be said of an operator when it is gone. */
export interface Entry {
  readonly id: number;
  readonly slot: number;
  readonly name: string;
  /** Slots of its edges, by their numbers. */
  readonly edges: Map<number, number>;
  readonly ref: WeakRef<Operator>;
  /** The same operator, as long as it is not left to whoever else holds it. */
  held: Operator | undefined;
  /** How much it had done at the last look, and since when that has not changed. */
  done: number;
  stillSinceMs: number;
}

/**
 * How long an operator that holds records is kept alive without having moved. By then its standstill has long been told; whether
 * anybody but the agent still holds its streams is seen by letting go of them.
 */
export const HELD_STILL_MS = 600_000;

/**
 * The operators of a thread.
 *
 * A pipeline that nobody holds any more is collected by V8 although it has never ended. Were its operators held here, it would
 * stay, and they would take the room of others. So an operator that its stream holds is held weakly here while it has no record
 * in it: with a record in it, it may be what hangs, and somebody who waits for it wants to hear of it.
 */
export class Roster {
  readonly #entries: Map<number, Entry> = new Map();

  add(operator: Operator): void {
    const { id, slot, name } = operator;
    const ref = new WeakRef(operator);
    this.#entries.set(id, { id, slot, name, edges: new Map(), ref, held: operator, done: 0, stillSinceMs: 0 });
  }

  remove(operator: Operator): void {
    this.#entries.delete(operator.id);
  }

  find(id: number): Operator | undefined {
    return this.#entries.get(id)?.ref.deref();
  }

  /** Every one that is there, in the order in which they came. */
  all(): Operator[] {
    const operators: Operator[] = [];
    for (const { held, ref } of this.#entries.values()) {
      const operator = held ?? ref.deref();
      if (operator !== undefined) operators.push(operator);
    }
    return operators;
  }

  addEdge({ id, slot, source, target }: Edge): void {
    for (const end of [source, target]) this.#entries.get(end.id)?.edges.set(id, slot);
  }

  removeEdge({ id, source, target }: Edge): void {
    for (const end of [source, target]) this.#entries.get(end.id)?.edges.delete(id);
  }

  /** Takes hold of those that must not be missed, and lets go of the others. */
  hold(nowMs: number): void {
    for (const entry of this.#entries.values()) {
      const operator = entry.held ?? entry.ref.deref();
      if (operator === undefined) continue;
      if (operator.done !== entry.done || entry.stillSinceMs === 0) {
        entry.done = operator.done;
        entry.stillSinceMs = nowMs;
      }
      const mayGo = operator.heldByStream && (operator.empty || nowMs - entry.stillSinceMs >= HELD_STILL_MS);
      entry.held = mayGo ? undefined : operator;
    }
  }

  /** Takes out those that were collected. */
  takeCollected(): readonly Entry[] {
    const collected: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.held !== undefined || entry.ref.deref() !== undefined) continue;
      this.#entries.delete(entry.id);
      collected.push(entry);
    }
    return collected;
  }

  clear(): void {
    this.#entries.clear();
  }
}
