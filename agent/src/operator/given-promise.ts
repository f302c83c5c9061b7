import { pullStateOf } from '../iterator/promise-state.ts';

/**
 * What became of the promise of a call. `abandoned`: it was collected as garbage while it was pending, so that nobody is left who
 * could settle it.
 */
export type PromiseFate = 'unknown' | 'pending' | 'settled' | 'abandoned';

/**
 * The promise that the call in progress has given, without handling it: a handler would hide a rejection that nobody else
 * handles. A call costs one assignment. Whoever looks now and then makes a weak reference of what is still there, because a
 * reference that keeps it would hide that nobody else does.
 */
export class GivenPromise {
  #young: unknown = undefined;
  #old: WeakRef<Promise<unknown>> | undefined = undefined;
  #fate: PromiseFate = 'unknown';

  /** A call has given this, which takes the place of what the call before it gave. */
  give(result: unknown): void {
    this.#young = result;
  }

  /** The calls that follow are not seen: what was given says nothing of them. */
  forget(): void {
    this.#young = undefined;
    this.#old = undefined;
    this.#fate = 'unknown';
  }

  /** To be called from a turn of the event loop, again and again: what was seen as pending is known when it has gone. */
  look(): PromiseFate {
    if (this.#young !== undefined) {
      const young = this.#young;
      this.forget();
      if (young instanceof Promise) this.#old = new WeakRef(young);
    }
    if (this.#old === undefined || this.#fate === 'settled' || this.#fate === 'abandoned') return this.#fate;
    const promise = this.#old.deref();
    if (promise !== undefined) this.#fate = pullStateOf(promise) === 'pending' ? 'pending' : 'settled';
    else if (this.#fate === 'pending') this.#fate = 'abandoned';
    return this.#fate;
  }
}
