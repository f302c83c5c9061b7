import type { Method } from './internals.ts';

/** Puts something in place of a method and can put the method back. */
export class Patches {
  readonly #restore: Array<() => void> = [];

  /**
   * Replaces a method of an object, when it is there. Name, number of parameters and properties (such as the one that
   * util.promisify looks for) stay as they were.
   */
  method<K extends string>(owner: Partial<Record<K, unknown>>, key: K, create: (original: Method) => Method): void {
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    const original: unknown = owner[key];
    if (typeof original !== 'function' || descriptor === undefined) return;
    // Frozen, also where the runtime makes the value only when it is asked for.
    if (descriptor.configurable === false && descriptor.writable !== true) return;
    const replacement = create(original as Method);
    Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
    Object.defineProperty(owner, key, { ...describe(descriptor), value: replacement });
    this.#restore.push(() => {
      // Somebody who has patched on top of this keeps the last word: the replacement only calls on from then on.
      if (owner[key] === replacement) Object.defineProperty(owner, key, descriptor);
    });
  }

  /** Something else that is to be taken back with the methods. */
  undo(step: () => void): void {
    this.#restore.push(step);
  }

  restore(): void {
    for (const restore of this.#restore.reverse()) restore();
    this.#restore.length = 0;
  }
}

function describe({ configurable = true, enumerable = true }: PropertyDescriptor): PropertyDescriptor {
  return { configurable, enumerable, writable: true };
}
