/** Hooks each object once, whichever way it was found: by the files of its library, or by a client that the program hands in. */
export class HookedOnce {
  readonly #hooked: WeakSet<object> = new WeakSet();

  has(target: object | undefined): boolean {
    return target !== undefined && this.#hooked.has(target);
  }

  /** undefined: there is no such object. */
  hook<T extends object>(target: T | undefined, hook: (target: T) => void): true | undefined {
    if (target === undefined) return undefined;
    if (!this.#hooked.has(target)) {
      this.#hooked.add(target);
      hook(target);
    }
    return true;
  }
}
