import type { Boundary } from './boundary.ts';
import type { Observable } from './rxjs-module.ts';

/** How far up a chain the boundary before is looked for. */
const MAX_STEPS = 64;

/** Remembers what each Observable of a chain was made by, so that a boundary finds the one before it. */
export class Chains {
  readonly #boundaries: WeakMap<object, Boundary> = new WeakMap();
  readonly #synchronous: WeakSet<object> = new WeakSet();

  /** Values come out of this boundary. */
  end(observable: Observable, boundary: Boundary): void {
    this.#boundaries.set(observable, boundary);
  }

  /** It holds nothing back beyond the call that brings it a value. */
  synchronous(observable: Observable): void {
    this.#synchronous.add(observable);
  }

  /** The boundary above, and whether nothing in between can hold values. */
  before(observable: Observable): { readonly boundary: Boundary; readonly direct: boolean } | undefined {
    let direct = true;
    let at: Observable | undefined = observable;
    for (let step = 0; at !== undefined && step < MAX_STEPS; step++) {
      const boundary = this.#boundaries.get(at);
      if (boundary !== undefined) return { boundary, direct };
      if (!this.#synchronous.has(at)) direct = false;
      at = at.source;
    }
    return undefined;
  }
}
