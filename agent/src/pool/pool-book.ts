import type { PoolFacts, ReadPool } from './pool-facts.ts';

/** How many pools are known at once. A program has a handful; one that makes a pool per request is told of its first ones. */
const MAX_POOLS = 128;
/** How many are told of: those first that somebody waits for. */
export const MAX_TOLD = 20;

/** The socket of a client on which somebody waits for something to happen. */
export type HeldSocket = (client: object) => object | undefined;

interface Entry {
  readonly pool: WeakRef<object>;
  readonly read: ReadPool;
  readonly held: HeldSocket | undefined;
}

/** The pools that somebody has asked for something, held weakly. */
export class PoolBook {
  readonly #seen: WeakSet<object> = new WeakSet();
  #entries: Entry[] = [];

  note(pool: object, read: ReadPool, held?: HeldSocket): void {
    if (this.#seen.has(pool)) return;
    this.#seen.add(pool);
    if (this.#entries.length >= MAX_POOLS)
      this.#entries = this.#entries.filter(({ pool: weak }) => weak.deref() !== undefined);
    if (this.#entries.length < MAX_POOLS) this.#entries.push({ pool: new WeakRef(pool), read, held });
  }

  /** Sockets whose silence says nothing of their peer. Never throws. */
  held(): Set<object> {
    const sockets = this.#entries.flatMap(({ pool: weak, held }) => {
      const pool = weak.deref();
      try {
        return (pool === undefined ? undefined : held?.(pool)) ?? [];
      } catch {
        return [];
      }
    });
    return new Set(sockets);
  }

  /** Never throws. */
  facts(): PoolFacts[] {
    const found = this.#entries.flatMap(({ pool: weak, read }) => {
      const pool = weak.deref();
      try {
        return (pool === undefined ? undefined : read(pool)) ?? [];
      } catch {
        // A version that looks otherwise inside.
        return [];
      }
    });
    return found.sort((left, right) => right.waiting - left.waiting).slice(0, MAX_TOLD);
  }
}
